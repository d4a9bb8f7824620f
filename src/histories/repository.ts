// The issues of a GitHub repository, from its API or from files.
import { failed, ok, type Result } from "../lib/result.ts";
import type { Asking } from "../status/past-source.ts";
import { isAddress, isEmptyList, readFolder, readPages, type Material } from "./material.ts";

/** `https://github.com/packit/status`, or the address of the repository at an API of one's own. */
function apiOf(address: string): string | undefined {
  const url = URL.parse(address);
  if (url === null) return undefined;
  const [owner, name] = url.pathname.split("/").filter((part) => part !== "");
  if (/^(?:www\.)?github\.com$/u.test(url.hostname) && owner !== undefined && name !== undefined)
    return `https://api.github.com/repos/${owner}/${name.replace(/\.git$/u, "")}`;
  const at = /^(.*\/repos\/[^/]+\/[^/]+)/u.exec(url.href);
  return at?.[1];
}

export const takesIssues = "https://github.com/OWNER/NAME, or a file of its issues as JSON, or a folder of such files";

export async function readIssueLists(asking: Asking): Promise<Result<Material, string>> {
  const { source } = asking;
  if (!isAddress(source)) return readFolder(source, /\.json$/iu);
  const api = apiOf(source);
  if (api === undefined) return failed("that is no address of a repository: https://github.com/OWNER/NAME");
  const issues = await readPages((page) => `${api}/issues?state=all&per_page=100&page=${page}`, isEmptyList, asking);
  if (!issues.ok) return failed(`${issues.error}; without a token GitHub answers 60 times an hour: set TOCSIN_IMPORT_TOKEN`); // prettier-ignore
  const said = await readPages((page) => `${api}/issues/comments?per_page=100&page=${page}`, isEmptyList, asking);
  const comments = said.ok ? said.value : { documents: [], unread: [{ place: "comments", because: said.error }] };
  return ok({
    documents: [...issues.value.documents, ...comments.documents],
    unread: [...issues.value.unread, ...comments.unread],
  });
}
