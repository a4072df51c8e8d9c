/** Ctrl-C, as an AbortSignal. */

/** Listens for requests to stop until it is disposed. */
export interface Interrupt extends Disposable {
  readonly signal: AbortSignal;
  /** The exit code that tells a shell which request it was; `undefined` while there was none. */
  readonly exitCode: number | undefined;
}

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** Aborts on the first Ctrl-C or `SIGTERM`. A second one ends the process at once, as it would without us. */
export function onInterrupt(): Interrupt {
  const controller = new AbortController();
  let exitCode: number | undefined;
  const stop = (name: keyof typeof EXIT_CODES): void => {
    exitCode = EXIT_CODES[name];
    unlisten();
    controller.abort(new Error(`Stopped by ${name}`));
  };
  const unlisten = (): void => {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    [Symbol.dispose]: unlisten,
  };
}
