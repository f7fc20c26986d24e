package schematest

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// document is docs/json.md, seen from a package two levels down.
const document = "../../docs/json.md"

// Field is a field of JSON: its path, such as world.ranks[].host, and its type, in
// words. A row of a table has its unit and meaning too.
type Field struct{ Name, Kind, Unit, Meaning string }

// Section is what docs/json.md has under a heading of second level, up to the next.
// The empty heading is all before the first.
func Section(t *testing.T, heading string) string {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	section := string(text)
	if heading != "" {
		var ok bool
		if _, section, ok = strings.Cut(section, "\n## "+heading+"\n"); !ok {
			t.Fatalf("docs/json.md has no section %q", heading)
		}
	}
	section, _, _ = strings.Cut(section, "\n## ")
	return section
}

var row = regexp.MustCompile("(?m)^\\| `([^`]+)` \\|([^|]*)\\|(?:([^|\n]*)\\|)?([^|\n]*)\\|$")

// Rows are the rows of a section's tables: field, type, perhaps a unit, meaning.
func Rows(section string) []Field {
	var rows []Field
	for _, m := range row.FindAllStringSubmatch(section, -1) {
		trim := strings.TrimSpace
		rows = append(rows, Field{m[1], trim(m[2]), trim(m[3]), trim(m[4])})
	}
	return rows
}

// Fields lists what typ is in JSON, in order. own says what types are called that
// marshal themselves.
func Fields(t *testing.T, typ reflect.Type, own map[reflect.Type]string) []Field {
	t.Helper()
	return fields(t, "", typ, own)
}

func fields(t *testing.T, prefix string, typ reflect.Type, own map[reflect.Type]string) (all []Field) {
	t.Helper()
	for i := range typ.NumField() {
		f := typ.Field(i)
		if !f.IsExported() {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			t.Errorf("%v.%s has no name in JSON", typ, f.Name)
		}
		name = prefix + name
		kind, below, inner := kindOf(f.Type, own)
		if kind == "" {
			t.Errorf("%s: no word for %v", name, f.Type)
		}
		all = append(all, Field{Name: name, Kind: kind})
		if inner != nil {
			all = append(all, fields(t, name+below, inner, own)...)
		}
	}
	return all
}

// kindOf is a type's name in words; if it holds fields, inner is the struct and below
// what joins their names to its own.
func kindOf(typ reflect.Type, own map[reflect.Type]string) (kind, below string, inner reflect.Type) {
	if word, ok := own[typ]; ok {
		return word, "", nil
	}
	switch typ.Kind() {
	case reflect.Struct:
		return "object", ".", typ
	case reflect.Pointer:
		kind, below, inner = kindOf(typ.Elem(), own)
		return kind + " or null", below, inner
	case reflect.Slice:
		kind, _, inner = kindOf(typ.Elem(), own)
		return "array of " + kind + "s", "[].", inner
	}
	return map[reflect.Kind]string{
		reflect.Int: "integer", reflect.Int64: "integer", reflect.Uint64: "integer",
		reflect.Float64: "number", reflect.String: "string", reflect.Bool: "boolean",
	}[typ.Kind()], "", nil
}

// Check holds the rows of a section to a type: the same fields, in the same order,
// of the same types, and that each is explained.
func Check(t *testing.T, section string, typ reflect.Type, own map[reflect.Type]string) {
	t.Helper()
	want, got := Fields(t, typ, own), Rows(section)
	for i := range max(len(want), len(got)) {
		if i >= len(got) {
			t.Fatalf("docs/json.md does not describe %s", want[i].Name)
		}
		if i >= len(want) {
			t.Fatalf("docs/json.md describes %s, which there is not", got[i].Name)
		}
		if got[i].Name != want[i].Name {
			t.Fatalf("row %d of docs/json.md is %s, want %s", i+1, got[i].Name, want[i].Name)
		}
		if got[i].Kind != want[i].Kind {
			t.Errorf("%s is of type %q, and docs/json.md says %q", want[i].Name, want[i].Kind, got[i].Kind)
		}
		if got[i].Meaning == "" {
			t.Errorf("docs/json.md does not say what %s means", want[i].Name)
		}
	}
}
