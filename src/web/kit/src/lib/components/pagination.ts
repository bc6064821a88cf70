/** The numbers to show: the first, the last, the neighbours of this one; null for a gap of two or more. */
export function steps(page: number, last: number): (number | null)[] {
  const shown: (number | null)[] = [];
  const isShown = (number: number) => number <= 1 || number >= last || Math.abs(number - page) <= 1;
  for (let number = 1; number <= last; number++) {
    if (isShown(number) || (isShown(number - 1) && isShown(number + 1))) shown.push(number);
    else if (shown.at(-1) !== null) shown.push(null);
  }
  return shown;
}
