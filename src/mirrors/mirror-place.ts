// Where a copy goes, as the config says it, and the host that writes there.
import { resolve } from "node:path";
import { z } from "zod";
import { directoryHost } from "./directory-host.ts";
import type { MirrorHost, MirrorHostContext } from "./mirror-host.ts";

const Directory = z.strictObject({
  directory: z.string().min(1).describe("The folder; made when missing. Tocsin alone writes into it."),
});

/** One of the kinds of places; each has keys of its own. */
export const MirrorPlace = Directory;
export type MirrorPlace = z.output<typeof MirrorPlace>;

/** The host of a place; connects to nothing yet. */
export function mirrorHost(place: MirrorPlace, _context: MirrorHostContext): MirrorHost {
  return directoryHost(resolve(place.directory));
}
