// What a peer hears, and the tests that wait for it: by event, never by looking again and again.

type Wanted = { readonly pattern: RegExp; readonly resolve: (text: string) => void };

export type Desk = {
  readonly unclaimed: () => readonly string[];
  arrives(text: string): void;
  /** A text that matches, come already or still to come. */
  expects(pattern: RegExp, timeoutMs: number): Promise<string>;
};

/** Where texts arrive and are asked for; each text goes to one who asks. */
export function desk(what: string): Desk {
  let unclaimed: readonly string[] = [];
  const wanted = new Set<Wanted>();
  return {
    unclaimed: () => unclaimed,
    arrives(text) {
      const taker = [...wanted].find(({ pattern }) => pattern.test(text));
      if (taker === undefined) unclaimed = [...unclaimed, text];
      else taker.resolve(text);
    },
    expects(pattern, timeoutMs) {
      // A flag g or y would remember a place from the last match.
      const fresh = new RegExp(pattern.source, pattern.flags.replace(/[gy]/gu, ""));
      const place = unclaimed.findIndex((text) => fresh.test(text));
      const known = unclaimed[place];
      if (known !== undefined) {
        unclaimed = unclaimed.toSpliced(place, 1);
        return Promise.resolve(known);
      }
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          wanted.delete(mine);
          const others = unclaimed.map((text) => `  ${text}`).join("\n");
          reject(new Error(`no ${what} ${String(pattern)} within ${timeoutMs} ms; there is:\n${others}`));
        }, timeoutMs);
        const mine: Wanted = {
          pattern: fresh,
          resolve: (text) => {
            clearTimeout(timer);
            wanted.delete(mine);
            resolve(text);
          },
        };
        wanted.add(mine);
      });
    },
  };
}
