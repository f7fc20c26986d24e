package report

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"numcomp/internal/schematest"
)

// TestSchemaIsDocumented holds docs/json.md to the Document: the same fields, in
// the same order, with their types and units.
func TestSchemaIsDocumented(t *testing.T) {
	section := schematest.Section(t, "The object")
	schematest.Check(t, section, reflect.TypeFor[Document](), map[reflect.Type]string{reflect.TypeFor[Number](): "number or string"})
	for _, row := range schematest.Rows(section) {
		for part, unit := range map[string]string{"bytes": "bytes", "messages": "messages", "per_second": "items/s", "seconds": "s", "ulp": "ULP"} {
			name := row.Name[strings.LastIndex(row.Name, ".")+1:]
			if regexp.MustCompile("(^|_)"+part+"(_|$)").MatchString(name) && row.Unit != unit {
				t.Errorf("docs/json.md gives %s in %q, want %q", row.Name, row.Unit, unit)
			}
		}
	}
}
