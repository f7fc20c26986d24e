package words

import "testing"

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 ranks", 1: "1 rank", 2: "2 ranks"} {
		if got := Count(n, "rank"); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestSpans(t *testing.T) {
	for want, ids := range map[string][]int{"": nil, "3": {3}, "0-3,8": {0, 1, 2, 3, 8}, "3,7-9": {3, 7, 8, 9}, "1-2,4-5": {1, 2, 4, 5}} {
		if got := Spans(ids); got != want {
			t.Errorf("%v: %q, want %q", ids, got, want)
		}
	}
}
