import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { drawingTrouble, readLogo } from "./logo.ts";

const head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4">';

test("a plain drawing passes, with its head, comments and own parts", () => {
  const svg = `<?xml version="1.0" encoding="UTF-8"?>\n<!-- by hand -->\n${head}<defs><linearGradient id="a"><stop offset="0" stop-color="#f00"/></linearGradient></defs><path fill="url(#a)" d="M0 0h4v4z" style="opacity:.5"/><use href="#a"/></svg>`;
  expect(drawingTrouble(svg)).toBeUndefined();
});

test.each([
  `${head}<script>alert(1)</script></svg>`,
  `${head}<SCRIPT>alert(1)</SCRIPT></svg>`,
  `${head}<path onload="alert(1)" d=""/></svg>`,
  `${head}<path/onload=alert(1) d=""/></svg>`,
  `${head}<foreignObject><p>x</p></foreignObject></svg>`,
  `${head}<image href="https://evil.example/a.png"/></svg>`,
  `${head}<use href="https://evil.example/a.svg#b"/></svg>`,
  `${head}<use xlink:href="data:image/svg+xml,x"/></svg>`,
  `${head}<style>@import url(https://evil.example)</style></svg>`,
  `${head}<path style="fill:url(https://evil.example)" d=""/></svg>`,
  `${head}<path fill="u\\72l(//evil.example)" d=""/></svg>`,
  `${head}<a href="javascript:alert(1)"><path d=""/></a></svg>`,
  `${head}<animate attributeName="href" to="javascript:alert(1)"/></svg>`,
  `<!DOCTYPE svg [<!ENTITY x "y">]>${head}&x;</svg>`,
  `${head}<![CDATA[<script>]]></svg>`,
  `${head}<!-- <script> --!><script>x</script> --></svg>x<script`,
  `<?xml-stylesheet href="https://evil.example"?>${head}</svg>`,
])("what could do more than be looked at is refused: %s", (svg) => {
  expect(drawingTrouble(svg)).toBeTypeOf("string");
});

describe("a logo file", () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "tocsin-logo-"))));
  afterAll(() => rmSync(folder, { recursive: true }));

  test("is known by its bytes, not by its name", () => {
    writeFileSync(join(folder, "logo.svg"), Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1]));
    expect(readLogo("logo.svg", folder)).toEqual({ ok: true, value: "data:image/png;base64,iVBORw0KGgoB" });
    writeFileSync(join(folder, "logo.png"), "#!/bin/sh");
    expect(readLogo("logo.png", folder)).toMatchObject({
      ok: false,
      error: expect.stringMatching(/PNG, JPEG, GIF, WebP or SVG/u),
    });
  });

  test("is small, and there", () => {
    writeFileSync(join(folder, "large.png"), Buffer.alloc(9_000, 0x89));
    expect(readLogo("large.png", folder)).toMatchObject({ ok: false, error: expect.stringMatching(/9000 bytes/u) });
    expect(readLogo("none.png", folder)).toMatchObject({
      ok: false,
      error: expect.stringMatching(/there is no file/u),
    });
    expect(readLogo(".", folder)).toMatchObject({ ok: false });
  });
});
