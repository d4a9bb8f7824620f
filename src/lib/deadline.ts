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

export type CutOff = Disposable & { readonly signal: AbortSignal };

/** A signal that aborts with another, or after `ms` of real time. Unlike AbortSignal.timeout it is gone when its work is done. */
export function cutAfter(ms: number, signal: AbortSignal): CutOff {
  const controller = new AbortController();
  const stop = (): void => controller.abort(signal.reason);
  const late = (): void =>
    controller.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError"));
  const timer = setTimeout(late, ms);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    },
  };
}
