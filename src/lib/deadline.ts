// A bound on work that may never end: a peer behind a dead network says nothing, for ever.

/** Rejects after `ms` of real time with `because`. The work itself goes on; what becomes of it is nobody's any more. */
export async function within<T>(ms: number, work: Promise<T>, because: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(because)), Math.max(1, Math.ceil(ms)));
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
