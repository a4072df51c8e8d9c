/**
 * Gives the order of the subjects in a round: `A B C`, then its mirror image `C B A`, then the same pair starting one subject
 * later. Over a mirrored pair every subject has the same mean position, so a machine that drifts evenly favours nobody; over
 * all rotations nobody always follows the same neighbour.
 *
 * @param round counted from 0
 * @param count the number of subjects
 * @returns indices of subjects
 */
export function orderOfRound(round: number, count: number): number[] {
  const first = Math.floor(round / 2) % count;
  const order = Array.from({ length: count }, (_, position) => (first + position) % count);
  return round % 2 === 0 ? order : order.toReversed();
}
