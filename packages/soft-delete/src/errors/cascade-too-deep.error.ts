import { NestarcError } from '@nestarc/core';

/** Thrown when a deletion would reach deeper than `maxCascadeDepth`. Nothing is deleted. */
export class CascadeTooDeepError extends NestarcError {
  /**
   * @param model - name of the model that lies too deep
   * @param maxDepth - how many levels are allowed
   */
  constructor(
    readonly model: string,
    readonly maxDepth: number,
  ) {
    super(`The deletion reaches rows of ${model} deeper than maxCascadeDepth allows, which is ${maxDepth}`, {
      code: 'SOFT_DELETE_CASCADE_TOO_DEEP',
      status: 409,
    });
  }
}
