package report

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// described is a row of the table in docs/json.md.
type described struct{ field, kind, unit, meaning string }

func table(t *testing.T) []described {
	t.Helper()
	text, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	document, _, _ := strings.Cut(string(text), "\n## What `numcomp doctor")
	var rows []described
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|([^|]*)\\|([^|]*)\\|(.*)\\|$").FindAllStringSubmatch(document, -1) {
		trim := strings.TrimSpace
		rows = append(rows, described{m[1], trim(m[2]), trim(m[3]), trim(m[4])})
	}
	return rows
}

// fields lists what typ is in JSON, in order: a field's name and type.
func fields(t *testing.T, prefix string, typ reflect.Type) []described {
	t.Helper()
	var all []described
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			t.Errorf("%v.%s has no name in JSON", typ, f.Name)
		}
		name = prefix + name
		switch ft := f.Type; {
		case ft == reflect.TypeFor[Number]():
			all = append(all, described{field: name, kind: "number or string"})
		case ft == reflect.TypeFor[[]int]():
			all = append(all, described{field: name, kind: "array of integers"})
		case ft.Kind() == reflect.Struct:
			all = append(all, described{field: name, kind: "object"})
			all = append(all, fields(t, name+".", ft)...)
		case ft.Kind() == reflect.Pointer:
			all = append(all, described{field: name, kind: "object or null"})
			all = append(all, fields(t, name+".", ft.Elem())...)
		case ft.Kind() == reflect.Slice:
			all = append(all, described{field: name, kind: "array of objects"})
			all = append(all, fields(t, name+"[].", ft.Elem())...)
		default:
			kind, ok := map[reflect.Kind]string{
				reflect.Int: "integer", reflect.Int64: "integer", reflect.Uint64: "integer",
				reflect.Float64: "number", reflect.String: "string", reflect.Bool: "boolean",
			}[ft.Kind()]
			if !ok {
				t.Errorf("%s: no word for %v", name, ft)
			}
			all = append(all, described{field: name, kind: kind})
		}
	}
	return all
}

// TestSchemaIsDocumented holds docs/json.md to the Document: the same fields, in
// the same order, with their types and units.
func TestSchemaIsDocumented(t *testing.T) {
	want := fields(t, "", reflect.TypeFor[Document]())
	got := table(t)
	for i := range max(len(want), len(got)) {
		if i >= len(got) {
			t.Fatalf("docs/json.md does not describe %s", want[i].field)
		}
		if i >= len(want) {
			t.Fatalf("docs/json.md describes %s, which there is not", got[i].field)
		}
		g := got[i]
		if g.field != want[i].field {
			t.Fatalf("row %d of docs/json.md is %s, want %s", i+1, g.field, want[i].field)
		}
		if g.kind != want[i].kind {
			t.Errorf("%s is of type %q, and docs/json.md says %q", g.field, want[i].kind, g.kind)
		}
		if g.meaning == "" {
			t.Errorf("docs/json.md does not say what %s means", g.field)
		}
		for part, unit := range map[string]string{"bytes": "bytes", "messages": "messages", "per_second": "items/s", "seconds": "s", "ulp": "ULP"} {
			name := g.field[strings.LastIndex(g.field, ".")+1:]
			if regexp.MustCompile("(^|_)"+part+"(_|$)").MatchString(name) && g.unit != unit {
				t.Errorf("docs/json.md gives %s in %q, want %q", g.field, g.unit, unit)
			}
		}
	}
}
