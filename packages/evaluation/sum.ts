/** A sum that keeps its digits over many millions of terms (Neumaier's compensated summation). */
export function openSum(): { add(term: number): void; total(): number } {
  let [sum, lost] = [0, 0];
  return {
    add(term) {
      const next = sum + term;
      lost += Math.abs(sum) >= Math.abs(term) ? sum - next + term : term - next + sum;
      sum = next;
    },
    total: () => sum + lost,
  };
}
