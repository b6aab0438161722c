import { expect, test } from "vitest";
import { claimsOf, isSameViewer } from "../src/session.ts";

const token = (claims: unknown) => `e30.${btoa(JSON.stringify(claims))}.signature`;
const asha = { iss: "product", sub: "asha", account: "acc_1", role: "OWNER", exp: 1 };

test("a renewed token is of the same viewer, whatever else it says", () => {
  for (const renewed of [{ exp: 2 }, { iat: 1, jti: "x", auth_time: 3 }, { role: "MEMBER" }]) {
    expect(isSameViewer(token(asha), token({ ...asha, ...renewed }))).toBe(true);
  }
});

test("another person, another account and another issuer are another viewer", () => {
  for (const other of [{ sub: "ravi" }, { account: "acc_2" }, { account: undefined }, { iss: "another" }]) {
    expect(isSameViewer(token(asha), token({ ...asha, ...other }))).toBe(false);
  }
});

test("tokens that do not say whose they are have one viewer only if they are one token", () => {
  for (const one of ["", "opaque", "not.a.token", token(null), token({}), token({ ...asha, sub: "" })]) {
    expect(isSameViewer(one, one)).toBe(true);
    expect(isSameViewer(one, `${one}x`)).toBe(false);
  }
});

test("a token that says nothing has no claims", () => {
  for (const one of ["", "opaque", "not.a.token", token(null)]) expect(claimsOf(one)).toEqual({});
});
