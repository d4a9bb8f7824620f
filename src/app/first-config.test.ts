import { expect, test } from "vitest";
import { errorsOf, configOf } from "../../test/kit/config.ts";
import { firstConfig, idsFor, type FirstAnswers } from "./first-config.ts";

const plain: FirstAnswers = {
  name: "My service",
  url: "http://127.0.0.1:8080",
  timeZone: "Europe/Prague",
  components: ["API", "Copr builds"],
  person: "Alice",
};

test("the first config is right, and each of its lines says what it is for", () => {
  const text = firstConfig(plain, "a-token-a-token-a-token");
  expect(errorsOf(text)).toEqual([]);
  const config = configOf(text);
  expect(config.components.map(({ id }) => id)).toEqual(["api", "copr-builds"]);
  expect(config.roles[0]?.people).toEqual(["alice"]);
  // What is explained in the first of a list needs no word in the others.
  const bare = text.split("\n").filter((line) => line !== "" && !line.includes("#") && !/^ {2}(?:- | {2}(?:name|notice): )/u.test(line)); // prettier-ignore
  expect(bare).toEqual([]);
  // A draft of it can be published as it is.
  for (const { notice } of config.components) expect(notice).toMatchObject({ affected: expect.any(String), alternatives: ["none known"], retrigger: expect.any(String) }); // prettier-ignore
});

test("it is right with IRC, and whatever people are called", () => {
  const names = ['the "best" service', "a: b # c", "${HOME}", "čeština & Co", "日本", "- x", "'"];
  for (const name of names) {
    const text = firstConfig({ ...plain, name, components: [name, name], person: name, irc: { host: "irc.example.org", nick: "tocsin", join: "#team" } }, "a-token-a-token-a-token"); // prettier-ignore
    expect(errorsOf(text)).toEqual([]);
    const config = configOf(text);
    expect([config.site.name, config.components[1]?.name, config.people[0]?.name]).toEqual([name, name, name]);
  }
});

test("ids are made of names, each another", () => {
  expect(idsFor(["Copr builds", "copr-builds", "Ünïcode & Co", "日本", "x".repeat(100)])).toEqual([
    "copr-builds",
    "copr-builds-2",
    "unicode-co",
    "part",
    "x".repeat(60),
  ]);
});
