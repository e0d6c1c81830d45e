/* Entities of one document: the BILUO transition system over scores of each token.
 *
 * Outside an entity the state of token i is token i alone, so all such states are scored at once. Inside one, only I- and
 * L- of its own label are allowed, so two scores decide. Ties go to the lower class, as spaCy's argmax does. */

static TARGET void KERNEL(entities_of)(const float *vectors, long length, const int8_t *space, const int8_t *sentence_start,
                                       const EntityModel *m, Scratch *scratch, uint64_t *out) {
    const long labels = m->labels, panels = m->closed_panels;
    float *own = scratch->a, *scores = scratch->b, hidden[BLOCK_ROWS * HIDDEN], first_part[2 * HIDDEN];
    for (long at = 0; at < length; at += BLOCK_ROWS) {
        const long n = length - at < BLOCK_ROWS ? length - at : BLOCK_ROWS;
        float *sums = own + at * 2 * HIDDEN;
        KERNEL(multiply)(vectors + at * HIDDEN, HIDDEN, n, m->lower, HIDDEN, 2 * HIDDEN / PANEL, sums, 2 * HIDDEN);
        for (long i = 0; i < n; i++) {
            float padded[2 * HIDDEN];
            for (int j = 0; j < 2 * HIDDEN; j++)
                padded[j] = sums[i * 2 * HIDDEN + j] + m->pads[2 * HIDDEN + j] + m->pads[4 * HIDDEN + j];
            KERNEL(better)(padded, m->bias, hidden + i * HIDDEN);
        }
        KERNEL(affine)(hidden, HIDDEN, n, m->closed, m->closed_bias, HIDDEN, panels, scores + at * panels * PANEL);
    }
    long open = -1;
    for (long i = 0; i < length; i++) {
        const int last = i + 1 == length, cut = !last && sentence_start[i + 1] == 1;
        if (open < 0) {
            const float *s = scores + i * panels * PANEL; /* B-0 … B-n, U-0 … U-n, O */
            const int32_t from = space[i] ? 2 * (int32_t)labels : last || cut ? (int32_t)labels : 0;
            const int32_t found = KERNEL(highest)(s, from, 2 * (int32_t)labels + 1, -1);
            const int32_t best = found < 0 ? 2 * (int32_t)labels : found;
            if (best < labels) {
                open = best;
                KERNEL(row)(vectors + i * HIDDEN, m->lower + 2 * HIDDEN * HIDDEN, HIDDEN, 2 * HIDDEN / PANEL, first_part);
            }
            out[2 * i] = best < 2 * labels ? IOB_BEGIN : IOB_OUTSIDE;
            out[2 * i + 1] = best < 2 * labels ? m->names[best % labels] : 0;
            continue;
        }
        float sums[2 * HIDDEN], before[2 * HIDDEN], state[HIDDEN];
        KERNEL(row)(vectors + (i - 1) * HIDDEN, m->lower + 4 * HIDDEN * HIDDEN, HIDDEN, 2 * HIDDEN / PANEL, before);
        for (int j = 0; j < 2 * HIDDEN; j++) sums[j] = own[i * 2 * HIDDEN + j] + first_part[j] + before[j];
        KERNEL(better)(sums, m->bias, state);
        float inside = 0, ending = 0;
        for (int j = 0; j < HIDDEN; j++) {
            inside = MULTIPLY_ADD(state[j], m->inside[open * HIDDEN + j], inside);
            ending = MULTIPLY_ADD(state[j], m->last[open * HIDDEN + j], ending);
        }
        out[2 * i] = IOB_INSIDE;
        out[2 * i + 1] = m->names[open];
        if (last || cut || !(inside + m->inside_bias[open] >= ending + m->last_bias[open])) open = -1;
    }
}
