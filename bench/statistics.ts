/** The median; NaN for no values. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle) - 1] ?? Number.NaN)) / 2;
};

/** Formats the median with minimum and maximum: `1.52 (1.48 to 1.60)`. */
export const medianWithRange = (values: readonly number[], digits = 2): string => {
  const [minimum, maximum] = [Math.min(...values), Math.max(...values)];
  return `${median(values).toFixed(digits)} (${minimum.toFixed(digits)} to ${maximum.toFixed(digits)})`;
};

/** The smallest value that at least `part` of all values do not exceed. */
export const quantile = (values: readonly number[], part: number): number => {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
};

/** Formats the median with its quartiles: `1.52 [1.50, 1.55]`. */
export const medianWithQuartiles = (values: readonly number[], digits = 2): string =>
  `${median(values).toFixed(digits)} [${quantile(values, 0.25).toFixed(digits)}, ${quantile(values, 0.75).toFixed(digits)}]`;
