import { NestarcError } from '@nestarc/core';

/** Thrown for a setting of a context that statements must not carry; nothing was sent. */
export class SettingRefusedError extends NestarcError {
  constructor(problem: string) {
    super(`A setting of the context was refused: ${problem}`, { code: 'SETTING_REFUSED' });
  }
}
