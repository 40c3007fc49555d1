import {
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { Observable } from 'rxjs';

/** What an application has its handlers guarded and run by. */
export interface Enforcement {
  /** The guard; absent where the application places its guards itself. */
  readonly guard: CanActivate | undefined;
  /** The interceptor. */
  readonly interceptor: NestInterceptor;
}

/** By their modules, which tell the applications of a process apart. */
const enforcements = new WeakMap<ModulesContainer, Enforcement>();

/**
 * Has the gates of an application do what it says. The metadata of a class is there once for all applications of a process,
 * such as those of tests and of scripts, and Nest reads it again for each message of what is made per message. It therefore
 * names gates, which every application makes for itself, and which let everything pass where nobody says otherwise.
 *
 * @param modules - the modules of the application
 * @param enforcement - what its handlers are guarded and run by
 */
export function enforceIn(modules: ModulesContainer, enforcement: Enforcement): void {
  enforcements.set(modules, enforcement);
  for (const module of modules.values()) {
    // Nest adds a gate to the modules of the classes whose metadata names it, if it did when the modules were scanned. What
    // is there stays: Nest may be about to make it, or have it in the metadata of what is made per message.
    if (!module.injectables.has(TransportGate)) {
      module.addInjectable({ provide: TransportGate, useValue: new TransportGate(modules) }, 'guard');
    }
    if (!module.injectables.has(TransportFrame)) {
      module.addInjectable({ provide: TransportFrame, useValue: new TransportFrame(modules) }, 'interceptor');
    }
  }
}

/** Stands in the metadata of classes for the guard of the application. */
@Injectable()
export class TransportGate implements CanActivate {
  constructor(@Inject(ModulesContainer) private readonly modules: ModulesContainer) {}

  /**
   * Asks the guard of the application.
   *
   * @param execution - what Nest is about to run
   * @throws what the guard throws
   */
  canActivate(execution: ExecutionContext): ReturnType<CanActivate['canActivate']> {
    return enforcements.get(this.modules)?.guard?.canActivate(execution) ?? true;
  }
}

/** Stands in the metadata of classes for the interceptor of the application. */
@Injectable()
export class TransportFrame implements NestInterceptor {
  constructor(@Inject(ModulesContainer) private readonly modules: ModulesContainer) {}

  /**
   * Has the interceptor of the application wrap the handler.
   *
   * @param execution - what Nest is about to run
   * @param next - the handler
   */
  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> | Promise<Observable<unknown>> {
    return enforcements.get(this.modules)?.interceptor.intercept(execution, next) ?? next.handle();
  }
}
