// The port of every place where a copy of the page can lie: a folder, a branch, a bucket, a host behind ssh.
import { z } from "zod";
import { failed, ok, type Result } from "../lib/result.ts";
import type { Sequence } from "../lib/sequence.ts";

/** Says how new a copy is. The last file that is written: what it tells of is there. */
export const stateFile = "state.json";

export type MirrorFile = { readonly path: string; readonly body: string; readonly contentType: string };

export type MirrorState = {
  /** Names this very state of the place, an empty one too; opaque. */
  readonly token: string;
  /** `state.json` as it lies there. */
  readonly text?: string;
  /** Whose it is; absent when the file is missing or broken, which is as good as none. */
  readonly sequence?: Sequence;
};

export type MirrorChange = {
  /**
   * Files that are to be as they are here, in batches, since all of them may be more than memory holds. What is the
   * same there already is not sent.
   */
  readonly files: AsyncIterable<readonly MirrorFile[]>;
  /** Paths that are to be there no longer. */
  readonly gone: readonly string[];
  /** `state.json`; asked for when all else is there. */
  readonly state: () => Promise<MirrorFile>;
  /** From `read` or the last `write`: when somebody else wrote since, nothing of this is to be seen. */
  readonly token: string;
};

export type Written =
  | { readonly kind: "written"; readonly token: string; readonly changed: number }
  /** Somebody else wrote since the token was read: read again, and decide again. */
  | { readonly kind: "raced" }
  /** It may come back: unreachable, full, refused. What readers see is the old state or a readable mixture of both. */
  | { readonly kind: "failed"; readonly because: string };

/** No word of any of these holds a secret. Each ends soon after `signal` aborts, and does not throw for what the place does. */
export type MirrorHost = {
  /**
   * Of two that write at once the place itself lets one win. Without, the token is compared right before `state.json`
   * is written, which leaves a moment: two writers must not rely on it.
   */
  readonly coordinates: boolean;
  read(signal: AbortSignal): Promise<Result<MirrorState, string>>;
  write(change: MirrorChange, signal: AbortSignal): Promise<Written>;
  /** Every path that lies there, others' too. */
  list(signal: AbortSignal): Promise<Result<readonly string[], string>>;
  /** Those of these paths that are seen to be no longer as we left them; how many are looked at is the host's choice. */
  altered?(paths: readonly string[]): Promise<readonly string[]>;
  /** For `doctor`: whether one could write there now, in a few words. Changes nothing. */
  reach(signal: AbortSignal): Promise<Result<string, string>>;
};

/** What hosts need of the house. */
export type MirrorHostContext = {
  /** A folder of its own for what it keeps between two writes; made when it is needed, may be deleted at any time. */
  readonly folder: string;
};

const State = z.object({ epoch: z.int(), seq: z.int() });

/** The (epoch, seq) of a `state.json`; undefined when the text is none. */
export function sequenceIn(text: string | undefined): Sequence | undefined {
  if (text === undefined) return undefined;
  try {
    const state = State.safeParse(JSON.parse(text));
    return state.success ? state.data : undefined;
  } catch {
    return undefined;
  }
}

export function mirrorState(token: string, text: string | undefined): MirrorState {
  const sequence = sequenceIn(text);
  return { token, ...(text === undefined ? {} : { text }), ...(sequence === undefined ? {} : { sequence }) };
}

/** Runs what may throw for the place's sake. */
export async function attempt<T>(
  work: () => Promise<T>,
  because: (thrown: unknown) => string,
): Promise<Result<T, string>> {
  try {
    return ok(await work());
  } catch (thrown) {
    return failed(because(thrown));
  }
}
