// @ts-check
export { build } from './build.mjs';
export { PRISMA_ENGINES, generateClients, generateMatrixClients } from './generate.mjs';
export { ensureInstalled } from './install.mjs';
export { main } from './main.mjs';
export { ensureMatrixInstalled } from './matrix.mjs';
export { ProgramFailed, runProgram } from './program.mjs';
export { root } from './root.mjs';
