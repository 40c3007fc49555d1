import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** The files and folders of one embedded server. */
export interface ClusterLayout {
  /** Folder that holds everything below; its path is free of symbolic links. */
  readonly root: string;
  /** Holds the pid of the process that may run the server. */
  readonly lockFile: string;
  /** Holds the port used last. */
  readonly portFile: string;
  /** Holds the server's log. */
  readonly logFile: string;
  /** Appears, complete, when initdb has finished. */
  readonly cluster: string;
  /** Prefix of the folder initdb works in. */
  readonly partialPrefix: string;
  /** PostgreSQL's own data directory. */
  readonly data: string;
  /** Holds the superuser's password, mode 0600. */
  readonly passwordFile: string;
  /** PostgreSQL's record of its postmaster. */
  readonly postmasterFile: string;
  /** Shown in the title of each server process, so that the processes of this folder can be told from all others. */
  readonly clusterName: string;
}

/** Name of the folder in `cluster` that is PostgreSQL's data directory. */
export const DATA_FOLDER = 'data';
/** Name of the file in `cluster` that holds the superuser's password. */
export const PASSWORD_FILE = 'superuser-password';

/**
 * Names the files and folders of an embedded server.
 *
 * @param root - real path of the folder given by the user
 */
export function clusterLayout(root: string): ClusterLayout {
  const cluster = join(root, 'cluster');
  const data = join(cluster, DATA_FOLDER);
  return {
    root,
    lockFile: join(root, 'lock'),
    portFile: join(root, 'port'),
    logFile: join(root, 'server.log'),
    cluster,
    partialPrefix: 'cluster.partial-',
    data,
    passwordFile: join(cluster, PASSWORD_FILE),
    postmasterFile: join(data, 'postmaster.pid'),
    clusterName: `nestarc-${createHash('sha256').update(data).digest('hex').slice(0, 16)}`,
  };
}
