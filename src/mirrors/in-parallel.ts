// Several at a time: most of the time of a write is waiting for a disk or a network.

/** The first failure ends it, once what is under way has ended. */
export async function inParallel<T>(all: readonly T[], atOnce: number, work: (one: T) => Promise<void>): Promise<void> {
  const queue = all.values();
  const failures: unknown[] = [];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const one of queue) {
        if (failures.length > 0) return;
        await work(one).catch((thrown: unknown) => failures.push(thrown));
      }
    }),
  );
  if (failures.length > 0) throw failures[0];
}
