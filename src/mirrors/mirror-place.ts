// Where a copy goes, as the config says it, and the host that writes there.
import { resolve } from "node:path";
import { z } from "zod";
import { minute } from "../lib/clock.ts";
import { directoryHost } from "./directory-host.ts";
import { RsyncPlace, SftpPlace, sshHost } from "./ssh-host.ts";
import { s3Host, S3Place } from "./s3-host.ts";
import { gitHost, GitPlace } from "./git-host.ts";
import type { MirrorHost, MirrorHostContext } from "./mirror-host.ts";

const DirectoryPlace = z.strictObject({
  directory: z.string().min(1).describe("The folder; made when missing. Tocsin alone writes into it."),
});

/** One of the kinds of places; each has keys of its own. */
export const MirrorPlace = z.union([DirectoryPlace, GitPlace, S3Place, RsyncPlace, SftpPlace]);
export type MirrorPlace = z.output<typeof MirrorPlace>;

/** The host of a place; connects to nothing yet. */
export function mirrorHost(place: MirrorPlace, context: MirrorHostContext): MirrorHost {
  if ("git" in place) return gitHost(place, context);
  if ("s3" in place) return s3Host(place);
  if ("rsync" in place || "sftp" in place) return sshHost(place, context);
  return directoryHost(resolve(place.directory));
}

/** How often a copy is renewed, and how long until readers see it, where the config does not say. */
export function usualTimes(place: MirrorPlace): { readonly everyMs: number; readonly settleMs: number } {
  // Hosts of pages build a site a few times an hour, and take minutes for it.
  if ("git" in place) return { everyMs: 15 * minute, settleMs: 15 * minute };
  return { everyMs: minute, settleMs: minute };
}
