// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import * as v from "../dist/index.js";
import { random } from "./vectors.mjs";

const platform = (bytes) => "0x" + createHash("sha256").update(bytes).digest("hex");

test("hashes as the platform does, at every length around a block and in parts", () => {
  for (let length = 0; length <= 300; length++) {
    const bytes = new Uint8Array(randomBytes(length));
    assert.equal(v.toHex(v.sha256(bytes)), platform(bytes));
    const cut = length >> 1;
    assert.equal(v.toHex(v.sha256(bytes.subarray(0, cut), bytes.subarray(cut))), platform(bytes));
  }
  const large = new Uint8Array(randomBytes(3_000_001));
  assert.equal(v.toHex(v.sha256(large)), platform(large));
});

test("reads hashes of exactly 32 bytes in lower-case hex", () => {
  const good = "0x" + "ab".repeat(32);
  assert.equal(v.toHex(v.parseHash(good)), good);
  for (const bad of ["", "0x", good + "0", good + "00", good.slice(0, -1), good.slice(2), good.toUpperCase(), good.replace("a", "g")]) {
    assert.throws(() => v.parseHash(bad), RangeError, bad);
  }
});

test("writes numbers as RFC 8785 does", () => {
  // RFC 8785, appendix B: bits of the double, text.
  const samples = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
  };
  for (const [bits, text] of Object.entries(samples)) {
    const value = new DataView(v.fromHex("0x" + bits, 8).buffer).getFloat64(0);
    assert.equal(v.canonical(value), text);
    assert.equal(v.canonical(v.parseCanonical(text)), text);
  }
  assert.throws(() => v.canonical(NaN), RangeError);
  assert.throws(() => v.canonical(Infinity), RangeError);
});

test("takes a number only as exactly as it was written", () => {
  const taken = {
    "9007199254740992": "9007199254740992",
    "9007199254740994.0": "9007199254740994",
    "1152921504606846976": "1152921504606847000",
    "1e22": "1e+22",
    "1000e-3": "1",
    "-0": "0",
    "-0.0e99999999999": "0",
    "0.1": "0.1",
    "9007199254740993.5": "9007199254740994", // no whole number, so it may be rounded
    "1.7976931348623157e308": "1.7976931348623157e+308", // not what the double holds, but how it is shown
    "17976931348623157081e289": null,
    "4.9e-324": "5e-324",
    "123456789012345678901234567890": null,
    "1152921504606847000": "1152921504606847000",
    "-115292150460684700e1": "-1152921504606847000",
    "1152921504606847001": null,
    "1e23": "1e+23",
    "100000000000000000000001e0": null,
    "9007199254740993": null,
    "-9007199254740993e0": null,
    "90071992547409930e-1": null,
    "1e309": null,
    "1e-400": null,
    "0.0000001e-320": null,
  };
  for (const [literal, text] of Object.entries(taken)) {
    if (text === null) assert.throws(() => v.parseJson(literal), v.JsonError, literal);
    else assert.equal(v.canonical(v.parseJson(literal)), text, literal);
  }
  assert.equal(v.canonical(v.parseJson("1" + "0".repeat(400) + "e-400")), "1");
});

test("reads what it wrote, and nothing else as canonical", () => {
  assert.equal(v.parseCanonical("1152921504606847000"), 2 ** 60);
  for (const text of ["1152921504606846976", "1.0", "-0", "1e2", '{"b":1,"a":2}', "[1, 2]", " 1", "1 ", '"\\u0041"', '"\\/"', '"\\u001F"']) {
    assert.throws(() => v.parseCanonical(text), v.JsonError, text);
  }
});

test("names the place of the offender", () => {
  const places = {
    '{"a":{"b~/c":[0,{"x":1e999}]}}': "/a/b~0~1c/1/x",
    '{"a":{"b":1,"\\u0062":2}}': "/a/b",
    '[1,"\\udc00"]': "/1",
    '{"\\ud800":1}': "",
  };
  for (const [text, pointer] of Object.entries(places)) {
    assert.throws(() => v.parseJson(text), (error) => error instanceof v.JsonError && error.pointer === pointer, text);
  }
});

test("refuses what is no JSON", () => {
  const texts = [
    "", " ", "{", "[", "[1", "[1,", "[1,]", '{"a"}', '{"a":}', '{"a":1', "{a:1}", "tru", "truex", "nul", "+1", ".5", "1.", "01", "-", "--1",
    "1e", "0x1", "Infinity", '"', '"\\', '"\\x"', '"\\u12', '"\\u12g4"', '"\n"', '"\t"', "'a'", "// c\n1", "1 2", "[1]]", "\u00a01", "\u000b1",
  ];
  for (const text of texts) assert.throws(() => v.parseJson(text), v.JsonError, JSON.stringify(text));
  for (const bytes of [[0x22, 0xff, 0x22], [0x22, 0xc0, 0x80, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [0xef, 0xbb, 0xbf, 0x31]]) {
    assert.throws(() => v.parseJson(Uint8Array.from(bytes)), v.JsonError);
  }
});

test("agrees with the platform's reader on what both take", () => {
  const next = random(7);
  const pieces = ["{", "}", "[", "]", ",", ":", '"a"', '"b"', "1", "-2.5", "true", "null", " ", '"\\n"', "1e2"];
  let taken = 0;
  for (let round = 0; round < 200_000; round++) {
    let text = "";
    for (let i = 1 + next(7); i > 0; i--) text += pieces[next(pieces.length)];
    let plain;
    try {
      plain = JSON.parse(text);
    } catch {
      assert.throws(() => v.parseJson(text), v.JsonError, text);
      continue;
    }
    try {
      assert.deepEqual(v.toPlain(v.parseJson(text)), plain, text);
      taken++;
    } catch (error) {
      assert.match(error.detail, /^a (duplicate key|number that overflows|whole number that a double)/, text);
    }
  }
  assert.ok(taken > 1000);
});

test("bounds the depth of a document, not that of a text around it", () => {
  const deep = (levels) => '{"a":'.repeat(levels) + "1" + "}".repeat(levels);
  assert.ok(v.parseDocument(deep(32)));
  assert.throws(() => v.parseDocument(deep(33)), v.JsonError);
  assert.ok(v.parseJson("[".repeat(64) + "]".repeat(64)));
  assert.throws(() => v.parseJson("[".repeat(65) + "]".repeat(65)), v.JsonError);
  assert.throws(() => v.parseJson("[".repeat(1_000_000)), v.JsonError);
});

test("gives names of the language no meaning", () => {
  const text = '{"1":0,"__proto__":{"x":1},"constructor":2,"toString":3}';
  assert.equal(v.canonical(v.parseCanonical(text)), text);
  assert.equal(v.canonical(v.fromPlain(v.toPlain(v.parseCanonical(text)))), text);
  assert.equal(v.lookUp(v.parseJson("{}"), ["constructor"]), undefined);
  assert.equal(v.lookUp(v.parseJson("[]"), ["length"]), undefined);
});

test("keeps pointers to what RFC 6901 and FORMATS allow", () => {
  for (const good of ["", "/", "//", "/a~0b~1c", "/" + "x".repeat(1023), "/a".repeat(32), "/漢😀"]) {
    assert.equal(v.whyNoPointer(good), null, good);
  }
  for (const bad of ["a", "a/b", "/~", "/~2", "/a~", "/" + "x".repeat(1024), "/" + "é".repeat(512), "/a".repeat(33), "/\ud800"]) {
    assert.notEqual(v.whyNoPointer(bad), null, bad);
  }
  assert.deepEqual(v.segments("/a~01/~1/"), ["a~1", "/", ""]);
  assert.deepEqual(v.ancestors("/a//b"), ["/a/", "/a"]);
  assert.equal(v.nextStep("/a", "/a/b/c"), "/a/b");
  assert.equal(v.nextStep("", "//b"), "/");
  assert.ok(!v.isAbove("/a", "/ab") && !v.isAbove("/a", "/a") && v.isAbove("/a", "/a/"));
});

test("looks into arrays as RFC 6901 says", () => {
  const array = v.parseJson('[10,{"0":[20],"":30},[]]');
  const at = (...tokens) => v.lookUp(array, tokens);
  assert.equal(at("0"), 10);
  assert.deepEqual(at("1", "0"), [20]);
  assert.equal(at("1", ""), 30);
  assert.equal(at("1", "0", "0"), 20);
  for (const tokens of [["3"], ["-"], ["00"], ["01"], ["+1"], ["1.0"], ["1e0"], [""], [" 1"], ["0", "0"], ["2", "0"], ["99999999999999999999"]]) {
    assert.equal(at(...tokens), undefined, tokens.join());
  }
});
