/** Numbers that count something: with a unit, a currency or a scale; years and small counts are none. */
const UNIT = `(?:%|per ?cent|degrees|years?|centuries|days?|hours?|minutes?|seconds?|km|kilomet(?:re|er)s?|met(?:re|er)s?|cm|centimet(?:re|er)s?|miles?|feet|tonnes?|tons?|kilograms?|kg|grams?|lit(?:re|er)s?|people|times|parts per million|ppm|euros?|dollars?|年|米|公里|倍|人|万年|亿年|度|个|次|天|小时|吨)`;
const SCALE = `(?:hundred|thousand|million|billion|trillion|万|亿)`;
export const FIGURE = new RegExp(
  String.raw`(?<![\p{L}\p{N}.,])([$€£¥]\s?\d[\d.,]*\d?(?:\s(?:thousand|million|billion|trillion))?|\d[\d.,]*(?:\s?${SCALE})?[\s-]?${UNIT}(?!\p{Ll})|\d{1,3}(?:,\d{3})+|\d[\d.,]*\s?${SCALE}(?!\p{Ll}))`,
  "u",
);
