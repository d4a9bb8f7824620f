// JSON that we wrote ourselves comes back as what it was: the store's one cast.

/** Only for columns that our own stores fill; foreign JSON goes through zod. */
export function stored<T>(text: string): T {
  return JSON.parse(text) as T;
}
