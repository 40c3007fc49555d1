import {
  ConfigurableModuleBuilder,
  type ConfigurableModuleCls,
  type ConfigurableModuleAsyncOptions,
  type DynamicModule,
  type Type,
} from '@nestjs/common';

/** What a package says of its module. */
export interface ModuleDefinition<Options, Factory extends string> {
  /** Class name of the module, for error messages. */
  readonly name: string;
  /** Token under which the resolved options are provided. */
  readonly optionsToken: symbol;
  /** Method that classes given to `useClass` and `useExisting` implement. */
  readonly factoryMethod: Factory;
  /**
   * Turns what the user passed into the frozen, resolved options; throws when they are wrong.
   *
   * @param options - what the user passed
   */
  readonly resolve: (options: Options) => object;
}

/** Options every module takes besides its own. */
export interface ModuleExtras {
  /** Makes the module's exports available everywhere. Defaults to true. */
  isGlobal?: boolean;
}

/** Base class with `forRoot` and `forRootAsync`, as {@link defineModule} makes it. */
export type ConfigurableModule<Options, Factory extends string> = ConfigurableModuleCls<
  Options,
  'forRoot',
  Factory,
  ModuleExtras
>;

/**
 * Builds the base class of a configurable module: `forRoot(options)` and `forRootAsync({ useFactory | useClass |
 * useExisting })`. Options are resolved once, while Nest boots, and provided frozen under the options token.
 *
 * @param definition - what is particular to the module
 */
export function defineModule<Options extends object, Factory extends string>(
  definition: ModuleDefinition<Options, Factory>,
): ConfigurableModule<Options, Factory> {
  const { name, optionsToken, factoryMethod, resolve } = definition;
  const rawOptions = Symbol(`${name} options as passed`);
  const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<Options>({ optionsInjectionToken: rawOptions })
    .setClassMethodName('forRoot')
    .setFactoryMethodName(factoryMethod)
    .setExtras<ModuleExtras>({ isGlobal: true }, (module, extras) => ({
      ...module,
      global: extras.isGlobal ?? true,
      providers: [...(module.providers ?? []), { provide: optionsToken, useFactory: resolve, inject: [rawOptions] }],
      exports: [...(module.exports ?? []), optionsToken],
    }))
    .build();
  const Base = ConfigurableModuleClass as ConfigurableModule<Options, Factory>;
  class ConfiguredModule extends (Base as Type) {
    static forRootAsync(options: ConfigurableModuleAsyncOptions<Options, Factory>): DynamicModule {
      if (options.useFactory === undefined && options.useClass === undefined && options.useExisting === undefined) {
        throw new Error(`[${name}] forRootAsync requires one of: useFactory, useClass, or useExisting`);
      }
      return Base.forRootAsync.call(this, options);
    }
  }
  return ConfiguredModule as unknown as ConfigurableModule<Options, Factory>;
}
