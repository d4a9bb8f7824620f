import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { configOf, errorsOf, sample, sampleEnvironment, smallest } from "../../test/kit/config.ts";

const folder = mkdtempSync(join(tmpdir(), "tocsin-secrets-"));
const file = join(folder, "tocsin.yaml");
beforeAll(() => writeFileSync(join(folder, "irc.password"), "from the file\n"));
afterAll(() => rmSync(folder, { recursive: true }));

/** An IRC channel with such a login, on line 4. */
const irc = (login: string): string =>
  `${smallest}channels: [ { id: a, type: irc, host: h, nick: n, join: "#a", sasl: { user: u, ${login} } } ]\n`;
const passwordOf = (login: string, env = {}): unknown => configOf(irc(login), { env, file }).channels[0]?.config;
const wrong = (login: string, env = {}): readonly string[] =>
  errorsOf(irc(login), { env, file }).map((error) => error.replace(`${file}:`, ""));

describe("a variable of the environment", () => {
  test.each([
    ["alone", "${A}", "a"],
    ["within a text", "x${A}y${B}z", "xaybz"],
    ["with a default that is not needed", "${A:-b}", "a"],
    ["with a default", "${NONE:-some thing}", "some thing"],
    ["that is empty, with a default", "${EMPTY:-b}", "b"],
    ["whose content looks like another", "${C}", "${A}"],
    ["with the signs themselves", "$${A} $5 $$ }", "${A} $5 $$ }"],
  ])("is put in: %s", (_how, written, password) => {
    const env = { A: "a", B: "b", C: "${A}", EMPTY: "" };
    expect(passwordOf(`password: ${JSON.stringify(written)}`, env)).toMatchObject({ sasl: { password } });
  });

  test.each([
    ["that is not set", "${NONE}", "the environment variable NONE is not set"],
    ["that is empty", "${EMPTY}", "the environment variable EMPTY is empty"],
    ["that every object has", "${constructor}", "the environment variable constructor is not set"],
    ["without a name", "${}", "a variable is written ${NAME} or ${NAME:-default}"],
    ["with an odd name", "${A B}", "a variable is written ${NAME} or ${NAME:-default}"],
    ["in another shell's way", "${A-b}", "a variable is written ${NAME} or ${NAME:-default}"],
    ["that is not closed", "${A", "a variable is written ${NAME} or ${NAME:-default}"],
  ])("is never an empty password: %s", (_how, written, error) => {
    const errors = wrong(`password: ${JSON.stringify(written)}`, { A: "a", EMPTY: "" });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(`4:80: channels.a.sasl.password: ${error}`);
  });

  test("is told of once, however wrong what is left of it is", () => {
    const text = `${smallest}server: { port: "\${NONE}" }\nroles: [ { id: r, people: ["\${NONE}"] } ]\n`;
    expect(errorsOf(text, { file: "f" })).toEqual([
      "f:4:11: server.port: the environment variable NONE is not set",
      "f:5:28: roles.r.people[0]: the environment variable NONE is not set",
    ]);
  });

  test("in a comment is none", () => {
    expect(errorsOf(`${smallest}# \${NONE}\n`)).toEqual([]);
  });
});

describe("a secret's file", () => {
  test("is found beside the config, and loses its line break", () => {
    expect(passwordOf("password_file: irc.password")).toMatchObject({ sasl: { password: "from the file" } });
    expect(passwordOf("password_file: ./irc.password")).toMatchObject({ sasl: { password: "from the file" } });
    expect(passwordOf(`password_file: ${join(folder, "irc.password")}`)).toMatchObject({ sasl: { user: "u" } });
    expect(passwordOf('password_file: "${DIR}/irc.password"', { DIR: folder })).toMatchObject({ sasl: { user: "u" } });
  });

  test("is taken as it is: what looks like a variable there is none", () => {
    writeFileSync(join(folder, "odd"), "${A}*&!");
    expect(passwordOf("password_file: odd", { A: "a" })).toMatchObject({ sasl: { password: "${A}*&!" } });
  });

  test("may be a link, as where secrets are mounted", () => {
    symlinkSync(join(folder, "irc.password"), join(folder, "link"));
    expect(passwordOf("password_file: link")).toMatchObject({ sasl: { password: "from the file" } });
  });

  test("may hold a database's address", () => {
    writeFileSync(join(folder, "db"), "postgres://u:p@h/d");
    expect(configOf(`${smallest}database: { url_file: db }`, { file }).database?.url).toBe("postgres://u:p@h/d");
    const jobs = `${smallest}sources: [ { id: a, type: jobs, preset: packit, database_file: db } ]`;
    expect(configOf(jobs, { file }).sources[0]?.config).toMatchObject({ database: "postgres://u:p@h/d" });
  });

  test.each([
    ["is not there", "nothing", `there is no such file; it is looked for from ${folder}`],
    ["is not where it should be", "/no/such/file", "there is no such file"],
    ["is below a file", "irc.password/x", `there is no such file; it is looked for from ${folder}`],
    ["is a folder", "folder", "that is a folder, not a file"],
    ["is empty", "empty", "that file is empty"],
    ["is only a line break", "blank", "that file is empty"],
    ["is large", "large", "that file is too large for a secret"],
    ["is a pipe that nobody writes", "pipe", "that is no plain file"],
    ["never ends", "/dev/zero", "that is no plain file"],
    ["has no name", '""', "name a file"],
    ["has an impossible name", `"${"x".repeat(5_000)}"`, "that file cannot be read (ENAMETOOLONG)"],
  ])("that %s is told of once", (_what, name, error) => {
    mkdirSync(join(folder, "folder"), { recursive: true });
    writeFileSync(join(folder, "empty"), "");
    writeFileSync(join(folder, "blank"), "\n");
    writeFileSync(join(folder, "large"), "x".repeat(65_537));
    spawnSync("mkfifo", [join(folder, "pipe")]);
    expect(wrong(`password_file: ${name}`)).toEqual([`4:80: channels.a.sasl.password_file: ${error}`]);
  });

  // Root may read everything.
  test.skipIf(process.getuid?.() === 0)("that may not be read is told of", () => {
    writeFileSync(join(folder, "closed"), "x");
    chmodSync(join(folder, "closed"), 0o000);
    expect(wrong("password_file: closed")).toEqual([
      "4:80: channels.a.sasl.password_file: this user may not read that file",
    ]);
  });

  test("does not stand beside the secret itself", () => {
    expect(wrong("password: x, password_file: irc.password")).toEqual([
      "4:93: channels.a.sasl.password_file: write either password or password_file, not both",
    ]);
  });

  test("whose content is wrong is told of where the file is named", () => {
    writeFileSync(join(folder, "short"), "tooshort");
    const text = `${smallest}sources: [ { id: a, type: generic, token_file: short } ]`;
    expect(errorsOf(text, { file })).toEqual([`${file}:4:36: sources.a.token: must have at least 16 characters`]);
  });
});

test("a password that begins with one of YAML's own signs is not lost, and not shown", () => {
  for (const sign of ["*", "&", "!", "@", "`", "%", "|", ">", "{", "[", "]", "}", ", ", '"', "'"]) {
    const errors = wrong(`password: ${sign}hunter2`);
    expect(errors, sign).not.toEqual([]);
    expect(errors.join("\n"), sign).not.toContain("hunter2");
  }
});

/** The config as a tree, with one leaf or branch replaced. */
function replaced(tree: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(tree)) return tree.map((one: unknown, i) => (i === step ? replaced(one, rest, value) : one));
  return { ...Object(tree), [step]: replaced(Reflect.get(Object(tree), step), rest, value) };
}

function placesIn(tree: unknown, path: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] {
  if (typeof tree !== "object" || tree === null) return [path];
  const inner = Array.isArray(tree)
    ? tree.flatMap((one, i) => placesIn(one, [...path, i]))
    : Object.entries(tree).flatMap(([key, one]) => placesIn(one, [...path, key]));
  return path.length === 0 ? inner : [path, ...inner];
}

describe("a secret is never told, wherever it stands", () => {
  const tree: unknown = parse(sample);
  const place = fc.constantFrom(...placesIn(tree));
  const sign = fc.constantFrom(...Array.from("abcXYZ0189 -_.:/@#$%&*!?'\"\\`[]{}|<>=+~,;^()ž🔔\t"));
  // Long enough that it stands in no error by chance.
  const secret = fc.array(sign, { minLength: 8, maxLength: 24 }).map((signs) => `q${signs.join("")}q`);
  const quiet = (errors: readonly string[], hidden: string): void => {
    for (const error of errors) {
      expect(error).not.toContain(hidden);
      expect(error).not.toContain(hidden.trim());
      expect(error).not.toContain(JSON.stringify(hidden).slice(1, -1));
    }
  };

  test("when a variable holds it", () => {
    fc.assert(
      fc.property(
        place,
        secret,
        fc.constantFrom("${S}", "x${S}", "postgres://u:${S}@h/d", "${S}${S}"),
        (path, value, text) => {
          const config = stringify(replaced(tree, path, text));
          quiet(errorsOf(config, { env: { ...sampleEnvironment, S: value } }), value);
        },
      ),
      { numRuns: 1_500 },
    );
  });

  test("when a file holds it", () => {
    fc.assert(
      fc.property(place, secret, fc.constantFrom("password", "token", "secret", "url"), (path, value, key) => {
        writeFileSync(join(folder, "random"), value);
        const config = stringify(replaced(tree, path, { [`${key}_file`]: "random", id: "x", type: "irc" }));
        quiet(errorsOf(config, { env: sampleEnvironment, file }), value);
      }),
      { numRuns: 300 },
    );
  });

  test("when it is taken for its file's name", () => {
    fc.assert(
      fc.property(secret, (value) => quiet(wrong(`password_file: ${JSON.stringify(value)}`), value)),
      { numRuns: 300 },
    );
  });

  test("when it is written at a secret's key, with or without quotes, in a file that is broken or whole", () => {
    const quote = fc.constantFrom(
      JSON.stringify,
      (text: string) => `'${text}'`,
      (text: string) => text,
    );
    const key = fc.constantFrom(
      "password: ",
      "password:",
      "pasword: ",
      "password: {a: b}, token: ",
      "token: 5, password: ",
    );
    fc.assert(
      fc.property(secret, quote, key, (value, write, before) => {
        // Beyond these signs a bare word ends, and the rest of it is something else.
        fc.pre(write("a b") !== "a b" || !/[:,#{}[\]]| $|\t/.test(value));
        quiet(wrong(`${before}${write(value)}`), value);
      }),
      { numRuns: 1_500 },
    );
  });
});
