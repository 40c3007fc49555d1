import { ConsoleLogger, Injectable, type LogLevel } from '@nestjs/common';
import { tenancyLogFields } from './tenancy-log-fields';

/** What Nest knows of a line, in JSON mode. */
export interface TenancyLogLine {
  /** Name of whoever logs. */
  context: string;
  /** Level of the line. */
  logLevel: LogLevel;
  /** Stream it goes to. */
  writeStreamType?: 'stdout' | 'stderr';
  /** Stack of an error. */
  errorStack?: unknown;
  /** Parameters of the line. */
  params?: Record<string, unknown>;
  /** The error that is logged. */
  error?: Error;
}

/** A line as Nest writes it, in JSON mode. */
export interface TenancyLogObject {
  [key: string]: unknown;
  /** Level of the line. */
  level: LogLevel;
  /** Id of the process. */
  pid: number;
  /** Milliseconds since 1970. */
  timestamp: number;
  /** What is said. */
  message: unknown;
  /** Name of whoever logs. */
  context?: string;
  /** Stack of an error. */
  stack?: unknown;
  /** The error that is logged. */
  error?: Record<string, unknown>;
  /** Parameters of the line. */
  params?: Record<string, unknown>;
}

/** Ids that can stand in a line of text as they are; others are quoted, so that none can pass for a line of its own. */
const PLAIN = /^[\w.:@-]+$/;

/** Among what JSON leaves as it is are characters that steer terminals, such as U+009B. */
const UNPRINTABLE = /[^\x20-\x7e]/g;

/**
 * Nest's `ConsoleLogger` that says in every line whose request wrote it: `app.useLogger(new TenancyLogger())`. In JSON
 * mode, which Nest has since version 11, the fields of `tenancyLogFields()` are fields of the line.
 */
@Injectable()
export class TenancyLogger extends ConsoleLogger {
  /**
   * Formats a line of text; called by Nest.
   *
   * @param logLevel - level of the line
   * @param message - what is said
   * @param pidMessage - the process, formatted
   * @param formattedLogLevel - the level, formatted
   * @param contextMessage - name of whoever logs, formatted
   * @param timestampDiff - time since the line before, formatted
   * @param params - parameters of the line, since Nest 12
   */
  protected override formatMessage(
    logLevel: LogLevel,
    message: unknown,
    pidMessage: string,
    formattedLogLevel: string,
    contextMessage: string,
    timestampDiff: string,
    params?: Record<string, unknown>,
  ): string {
    const who = `${contextMessage}${describe()}`;
    return super.formatMessage(logLevel, message, pidMessage, formattedLogLevel, who, timestampDiff, params);
  }

  /**
   * Makes the object of a line in JSON mode; called by Nest. What the context says takes the place of fields of the call.
   *
   * @param message - what is said
   * @param line - what else Nest knows of the line
   */
  protected override getJsonLogObject(message: unknown, line: TenancyLogLine): TenancyLogObject {
    return Object.assign(super.getJsonLogObject(message, line), tenancyLogFields());
  }
}

function describe(): string {
  const parts = Object.entries(tenancyLogFields()).map(([name, value]) => `${name}=${quote(String(value))}`);
  return parts.length === 0 ? '' : `[${parts.join(' ')}] `;
}

function quote(value: string): string {
  return PLAIN.test(value) ? value : JSON.stringify(value).replace(UNPRINTABLE, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
