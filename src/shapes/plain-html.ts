// Words that came as HTML, as Markdown: links stay links, lines stay lines, the rest of the markup goes. Pure.

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

function entity(whole: string, name: string): string {
  const code = /^#x?([0-9a-f]+)$/iu.exec(name)?.[1];
  if (code === undefined) return entities[name.toLowerCase()] ?? whole;
  const point = Number.parseInt(code, /^#x/iu.test(name) ? 16 : 10);
  return point > 0 && point < 0x11_0000 ? String.fromCodePoint(point) : whole;
}

/** A `<` that opens no tag is a `<`. */
export function markdownOfHtml(html: string): string {
  return html
    .replace(
      /<a\s[^>]{0,2000}?href=["']([^"']{0,2000})["'][^>]{0,500}>([^<]{0,2000})<\/a>/giu,
      (_, url: string, words: string) => (words.trim() === url ? url : `[${words.trim()}](${url})`),
    ) // prettier-ignore
    .replace(/<br\s*\/?>/giu, "\n")
    .replace(/<\/(?:p|div|li|h\d)>/giu, "\n\n")
    .replace(/<li[^>]{0,500}>/giu, "- ")
    .replace(/<\/?[a-z][^<>]{0,2000}>/giu, "")
    .replace(/&(#?\w{1,10});/gu, entity)
    .replace(/\n{3,}/gu, "\n\n")
    .trim();
}
