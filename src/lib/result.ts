// Expected outcomes are values; exceptions are for bugs and broken infrastructure.

export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function failed<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error };
}

/** Causes of causes beyond this are noise; and they may go round in a circle. */
const deepest = 5;

/** The message of whatever was thrown; with its cause, which fetch and pg hide one level down. Never throws. */
export function reasonOf(thrown: unknown, depth = 0): string {
  if (!(thrown instanceof Error)) return sayThing(thrown);
  if (depth >= deepest) return "…";
  const all: readonly unknown[] = thrown instanceof AggregateError ? thrown.errors : [];
  if (all.length > 0 && thrown.message === "") return all.map((one) => reasonOf(one, depth + 1)).join("; ");
  const said = thrown.message === "" ? thrown.name : thrown.message;
  const cause = thrown.cause === undefined ? "" : reasonOf(thrown.cause, depth + 1);
  return cause === "" || said.includes(cause) ? said : `${said} (${cause})`;
}

/** Not everything has a toString, and not every toString returns. */
function sayThing(thrown: unknown): string {
  try {
    return typeof thrown === "object" && thrown !== null ? JSON.stringify(thrown) : String(thrown);
  } catch {
    return "something that cannot be shown";
  }
}
