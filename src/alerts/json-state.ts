// The state of a source as JSON: what most of them save.
import type { z } from "zod";

type Saving<S> = { readonly save: (state: S) => Uint8Array; readonly load: (bytes: Uint8Array) => S | undefined };

/** A state that cannot be read, or is another version's, is none: its source begins anew. */
export function jsonState<S>(shape: z.ZodType<S>): Saving<S> {
  return {
    save: (state) => new TextEncoder().encode(JSON.stringify(state)),
    load: (bytes) => {
      try {
        return shape.parse(JSON.parse(new TextDecoder().decode(bytes)));
      } catch {
        return undefined;
      }
    },
  };
}
