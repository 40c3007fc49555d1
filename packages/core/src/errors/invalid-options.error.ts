import { NestarcError } from './nestarc.error';

/** One option that was refused. */
export interface OptionProblem {
  /** Path of the option, such as `crossCheck.onFailed`; empty when the options as a whole are wrong. */
  readonly path: string;
  /** What is wrong with it. */
  readonly message: string;
}

/** Thrown at boot when a package is given options it cannot work with; names each option by its path. */
export class InvalidOptionsError extends NestarcError {
  /** Every problem found, in the order of the options. */
  readonly problems: readonly OptionProblem[];

  constructor(owner: string, problems: readonly OptionProblem[]) {
    const lines = problems.map(({ path, message }) => `  - ${path === '' ? '(options)' : path}: ${message}`);
    super(`${owner} was given invalid options:\n${lines.join('\n')}`, { code: 'OPTIONS_INVALID' });
    this.problems = Object.freeze([...problems]);
  }
}
