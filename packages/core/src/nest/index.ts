export { defineModule, type ConfigurableModule, type ModuleDefinition, type ModuleExtras } from './define-module';
export { NestEventSink } from './nest-event-sink';
export { NestarcExceptionFilter, toHttpException } from './nestarc-exception.filter';
export { requireOptionalPeer } from './optional-peer';
