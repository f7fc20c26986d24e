package hostfile

import (
	"slices"
	"testing"
)

func TestMerge(t *testing.T) {
	for _, c := range []struct{ hosts, want []Host }{
		{nil, []Host{}},
		{[]Host{{Name: "a"}, {Name: "b", Slots: 2}}, []Host{{Name: "a"}, {Name: "b", Slots: 2}}},
		{[]Host{{Name: "a"}, {Name: "b"}, {Name: "a"}, {Name: "a"}}, []Host{{Name: "a", Slots: 3}, {Name: "b"}}},
		{[]Host{{Name: "a", Slots: 2}, {Name: "a", Slots: 3}, {Name: "a"}}, []Host{{Name: "a", Slots: 6}}},
		{[]Host{{Name: "a", Slots: 2, MaxSlots: 4}, {Name: "a", Slots: 3}}, []Host{{Name: "a", Slots: 5, MaxSlots: 7}}},
		{[]Host{{Name: "a"}, {Name: "a", User: "ann", Port: 22, Binding: "core"}}, []Host{{Name: "a", Slots: 2, User: "ann", Port: 22, Binding: "core"}}},
		{[]Host{{Name: "a", User: "ann"}, {Name: "a", User: "bob"}}, []Host{{Name: "a", Slots: 2, User: "ann"}}},
		{[]Host{{Name: "a", Slots: maxSlots}, {Name: "a"}}, []Host{{Name: "a", Slots: maxSlots}}},
	} {
		if got := Merge(c.hosts); !slices.Equal(got, c.want) {
			t.Errorf("Merge(%v) = %v, want %v", c.hosts, got, c.want)
		}
	}
}
