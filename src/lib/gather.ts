// Group commit: what comes in one turn of the event loop is written at once, and each is told what became of its own.

export type Gatherer<T> = {
  /** Resolves when it is written; rejects with why it was not. */
  add(item: T): Promise<void>;
  /** How many were added and are not settled. */
  readonly open: () => number;
};

type Waiting<T> = {
  readonly item: T;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
};

export type Gathering<T> = {
  /** All or nothing. */
  readonly write: (items: readonly T[]) => Promise<void>;
  /** Asked after a group has failed: when the store is well, one of them was bad, and each is written alone. */
  readonly isWell: () => Promise<boolean>;
  readonly largest: number;
  /** So many groups are under way at once; what comes meanwhile makes the next ones larger. */
  readonly atOnce: number;
};

export function makeGatherer<T>({ write, isWell, largest, atOnce }: Gathering<T>): Gatherer<T> {
  let gathered: Waiting<T>[] = [];
  let scheduled = false;
  let writing = 0;
  let open = 0;

  const settle = (group: readonly Waiting<T>[], settleOne: (each: Waiting<T>) => void): void => {
    open -= group.length;
    group.forEach(settleOne);
  };

  async function writeGroup(group: readonly Waiting<T>[]): Promise<void> {
    try {
      await write(group.map(({ item }) => item));
      settle(group, (each) => each.resolve());
    } catch (thrown) {
      if (group.length > 1 && (await isWell())) for (const each of group) await writeGroup([each]);
      else settle(group, (each) => each.reject(thrown));
    }
  }

  function start(): void {
    scheduled = false;
    while (gathered.length > 0 && writing < atOnce) {
      const group = gathered.slice(0, largest);
      gathered = gathered.slice(largest);
      writing += 1;
      void writeGroup(group).finally(() => {
        writing -= 1;
        schedule();
      });
    }
  }

  // After the sockets that are readable now were read, and before the next are.
  function schedule(): void {
    if (scheduled || gathered.length === 0 || writing >= atOnce) return;
    scheduled = true;
    setImmediate(start);
  }

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        open += 1;
        gathered.push({ item, resolve, reject });
        schedule();
      }),
    open: () => open,
  };
}
