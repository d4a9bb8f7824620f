// Expected outcomes are values; exceptions are for bugs and broken infrastructure.

export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function failed<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error };
}

/** The message of whatever was thrown; with its cause, which fetch and pg hide one level down. */
export function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown instanceof AggregateError && thrown.message === "") return thrown.errors.map(reasonOf).join("; ");
  const cause = thrown.cause === undefined ? "" : ` (${reasonOf(thrown.cause)})`;
  return `${thrown.message}${cause}`;
}
