// The port of a channel that can also write to single people: each letter has one reader, and leaves by one connection.

export type Letter = {
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  /** The same for every try of it: `d12.345`. The channel makes it an address of its own. */
  readonly id: string;
  /** All letters about the same thing stand together: `incident-…`. */
  readonly thread?: string;
  /** One POST to this address unsubscribes: https://www.rfc-editor.org/rfc/rfc8058 */
  readonly unsubscribe?: string;
};

/**
 * What became of a letter. As of a message; and `later`: this reader's server wants it later; `refused`: it has no such
 * reader. `retry`, `unknown` and `reject` are of the channel's own server.
 */
export type Posted =
  | { readonly kind: "sent" }
  | { readonly kind: "retry" | "unknown" | "later" | "refused" | "reject"; readonly because: string };

/** One connection; letters go over it one after the other. */
export type PostLine = {
  post(letter: Letter, signal: AbortSignal): Promise<Posted>;
  close(): void;
};

export type Postbox = {
  /** How many letters may be under way at once. */
  readonly lines: number;
  open(): PostLine;
};
