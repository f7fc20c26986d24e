package pmiwire

import "testing"

// FuzzParse holds that what Parse accepts, Format writes, and Parse reads back
// as the same message: the identity on which a relaying server rests.
func FuzzParse(f *testing.F) {
	for _, c := range parseCases {
		f.Add(c.line)
	}
	for _, c := range badLines {
		f.Add(c.line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		m, err := Parse(line)
		if err != nil {
			return
		}
		text, err := m.Format()
		if err != nil {
			t.Fatalf("%q was read as %+v, which cannot be written: %v", line, m, err)
		}
		back, err := Parse(text)
		if err != nil || !back.equal(m) {
			t.Fatalf("%q was read as %+v, written as %q, and read back as %+v, %v", line, m, text, back, err)
		}
	})
}
