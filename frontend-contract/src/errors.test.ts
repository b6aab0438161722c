import { describe, expect, it } from "vitest";
import { adviceOf, codeOf, errors, isUserError, nextActionOf, requestAdvice, wordsOf } from "./errors.js";

describe("what a mutation answers", () => {
  it("is an error when its type says so", () => {
    expect(isUserError({ __typename: "StartCheckoutSuccess" })).toBe(false);
    expect(isUserError({ __typename: "StaleVersionError" })).toBe(true);
    expect(isUserError({ __typename: "AnErrorOfTomorrowError" })).toBe(true);
  });

  it("has advice", () => {
    const error = { __typename: "GatewayUnavailableError", code: "GATEWAY_UNAVAILABLE", message: "" };
    expect(adviceOf(error)).toEqual({
      code: "GATEWAY_UNAVAILABLE",
      show: errors.userErrors.GatewayUnavailableError.show,
      retry: "SAME_KEY",
    });
  });

  it("shows its own words when it is newer than this", () => {
    const error = { __typename: "AnErrorOfTomorrowError", code: "TOMORROW", message: "Not today." };
    expect(adviceOf(error)).toEqual({ code: "TOMORROW", show: "Not today.", retry: "REFRESH" });
  });
});

describe("what a request ends with", () => {
  it("has advice by its code", () => {
    const error = { message: "", extensions: { code: "UNAUTHENTICATED" } };
    expect(requestAdvice(error)).toMatchObject({ code: "UNAUTHENTICATED", retry: "SIGN_IN" });
  });

  it("has some also without a code", () => {
    expect(codeOf({ message: "Bad gateway" })).toBe("");
    expect(requestAdvice({ message: "Bad gateway" }).retry).toBe("REFRESH");
  });
});

it("says what helps after a decline", () => {
  expect(nextActionOf("authentication_required")).toBe("AUTHENTICATE");
  expect(nextActionOf("insufficient_funds")).toBe("NEW_CARD");
  expect(wordsOf("NEW_CARD").button).toBe("Try another card");
});
