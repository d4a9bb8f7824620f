// Statusfy: the folder of its Markdown files.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { failed, ok } from "../lib/result.ts";
import { readStatusfyPast } from "../shapes/past-statusfy.ts";
import type { PastSource } from "../status/past-source.ts";
import { isAddress, readFolder } from "./material.ts";

export const statusfy: PastSource = {
  takes: "the folder of the site, its content, or one incident",
  async read({ source }) {
    if (isAddress(source)) return failed("clone the repository of the page, and name the folder");
    const content = join(source, "content");
    const read = readFolder(existsSync(content) ? content : source, /\.md$/iu);
    if (!read.ok) return read;
    const { documents, unread } = read.value;
    if (documents.length + unread.length === 0) return failed(`there is no incident (*.md) in ${source}`);
    const past = readStatusfyPast(documents.filter(({ place }) => !/(^|\/)README\.md$/iu.test(place)));
    return ok({ entries: past.entries, unread: [...unread, ...past.unread] });
  },
};
