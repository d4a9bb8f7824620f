// Asks Copr what became of a build in one chroot. Needs no token.
// https://copr.fedorainfracloud.org/api_3/docs (GET /build-chroot, GET /build/{build_id})
import { z } from "zod";
import { ok, type Result } from "../lib/result.ts";
import { getJson, type NoAnswer } from "./get-json.ts";

const Build = z.looseObject({ state: z.string() });

/** https://github.com/fedora-copr/copr/blob/main/common/copr_common/enums.py */
const ended: readonly string[] = ["failed", "succeeded", "canceled", "skipped", "forked"];
export const hasEnded = (state: string): boolean => ended.includes(state);

export function copr(base: string): {
  /** Its state; without a chroot that of the whole build. */
  build(id: string, chroot: string | undefined, signal: AbortSignal): Promise<Result<string, NoAnswer>>;
} {
  const root = base.replace(/\/$/u, "");
  return {
    build: async (id, chroot, signal) => {
      const url = new URL(chroot === undefined ? `${root}/build/${encodeURIComponent(id)}` : `${root}/build-chroot`);
      if (chroot !== undefined) {
        url.searchParams.set("build_id", id);
        url.searchParams.set("chrootname", chroot);
      }
      const told = await getJson(url, Build, signal);
      return told.ok ? ok(told.value.state) : told;
    },
  };
}
