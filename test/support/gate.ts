export interface Gate {
  /** Resolves as soon as somebody waits at the gate. */
  readonly entered: Promise<void>;
  /** Waits until the gate is open. */
  enter(): Promise<void>;
  open(): void;
}

/** Holds work at a known point, so that tests need not sleep. */
export function aGate(): Gate {
  let open = () => {};
  let arrive = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const entered = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  return {
    entered,
    enter() {
      arrive();
      return opened;
    },
    open: () => open(),
  };
}
