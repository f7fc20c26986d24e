package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// goPackage is what `go list -json` tells of one package.
type goPackage struct {
	ImportPath, Dir, Doc                   string
	Imports, TestImports, XTestImports     []string
	GoFiles, TestGoFiles, CgoFiles, SFiles []string
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []goPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// A layer may import, of numcomp's own packages, only those that match one of
// may; every rule says why. "x/..." is x and all below it. The first rule whose
// pattern matches a package holds.
var layers = []struct {
	pkg, why string
	may      []string
}{
	{"numcomp", "main only hands over to the command line", []string{"internal/cli"}},
	{"comm/transport/transporttest", "the suite knows the seam, not its subjects", []string{"comm/transport"}},
	{"comm/transport/tcp", "a transport is below everything but the leaves", []string{"comm/transport", "comm/transport/match", "internal/netaddr"}},
	{"comm/transport/...", "a transport knows the seam, and how messages meet their receives", []string{"comm/transport", "comm/transport/match"}},
	{"comm/rendezvous/...", "ranks find each other before there is a communicator", []string{"comm/transport/...", "comm/rendezvous/...", "internal/pmiwire", "internal/netaddr", "internal/words"}},
	{"comm", "collectives see only the seam, never what carries it", []string{"comm/transport"}},
	{"kernels/kerneltest", "the shared cases know the contract", []string{"kernels"}},
	{"kernels/simd", "inner loops know numbers only", nil},
	{"kernels/fft", "a transform knows numbers only", nil},
	{"kernels", "a kernel knows nothing of ranks", []string{"kernels/simd", "kernels/fft"}},
	{"hostfile", "grammars are pure", nil},
	{"launch", "a launcher starts any program, not only numcomp", []string{"hostfile", "internal/pmiwire", "internal/netaddr", "internal/words"}},
	{"internal/job", "the computation does not know how it was started or shown", []string{"comm", "comm/transport", "kernels", "internal/mapped", "internal/sysmem"}},
	{"internal/report", "a report shows what the job measured", []string{"internal/job", "internal/words", "kernels"}},
	{"internal/doctor", "an examination asks the system, and communicators", []string{"comm", "internal/sysmem"}},
	{"internal/bench", "benchmarks measure communicators, on memory like the job's", []string{"comm", "internal/mapped", "internal/words"}},
	{"internal/cli", "the command line wires everything", []string{"..."}},
	{"internal/npy", "a leaf, on the leaf that writes files whole", []string{"internal/wholefile"}},
	{"internal/real/...", "the suites see the program from outside", []string{"internal/real/..."}},
	{"internal/...", "leaves import nothing of ours", nil},
}

func TestDependenciesPointDown(t *testing.T) {
	for _, p := range listPackages(t) {
		name := strings.TrimPrefix(p.ImportPath, "numcomp/")
		i := slices.IndexFunc(layers, func(l struct {
			pkg, why string
			may      []string
		}) bool {
			return matches(l.pkg, name)
		})
		if i < 0 {
			t.Errorf("%s stands in no layer: add it to the table, with its reason", p.ImportPath)
			continue
		}
		for _, imp := range p.Imports {
			own, ok := strings.CutPrefix(imp, "numcomp/")
			if !ok {
				continue
			}
			if !slices.ContainsFunc(layers[i].may, func(may string) bool { return matches(may, own) }) {
				t.Errorf("%s imports %s: not allowed, since %s", p.ImportPath, imp, layers[i].why)
			}
		}
	}
}

// TestLayersExist keeps the table from outliving what it speaks of.
func TestLayersExist(t *testing.T) {
	all := listPackages(t)
	for _, l := range layers {
		if !slices.ContainsFunc(all, func(p goPackage) bool {
			return matches(l.pkg, strings.TrimPrefix(p.ImportPath, "numcomp/"))
		}) {
			t.Errorf("the layer %q matches no package", l.pkg)
		}
	}
}

// A forbidden import may appear in the packages of only, and nowhere else.
var forbidden = []struct {
	imp, why string
	only     []string
}{
	{"net", "only what connects or serves opens sockets", []string{"comm/transport/...", "comm/rendezvous/...", "launch", "internal/netaddr"}},
	{"C", "the default build is pure Go", []string{"comm/transport/mpi"}},
	{"github.com/urfave/cli/v2", "flags end at the command line", []string{"internal/cli"}},
	{"flag", "flags end at the command line", []string{"internal/cli"}},
	{"os/signal", "only the command line takes signals", []string{"numcomp", "internal/cli"}},
	{"log", "what is said goes through the caller's writer or logger", nil},
	{"gonum.org/v1/plot", "it costs 4 MB and 5 ms a process", nil},
}

func TestForbiddenImports(t *testing.T) {
	for _, p := range listPackages(t) {
		name := strings.TrimPrefix(p.ImportPath, "numcomp/")
		for _, f := range forbidden {
			if slices.Contains(p.Imports, f.imp) && !slices.ContainsFunc(f.only, func(o string) bool { return matches(o, name) }) {
				t.Errorf("%s imports %s: %s", p.ImportPath, f.imp, f.why)
			}
		}
	}
}

func TestEveryPackageIsDocumented(t *testing.T) {
	for _, p := range listPackages(t) {
		if p.Doc == "" {
			t.Errorf("%s has no package comment: write its doc.go", p.ImportPath)
		}
		if p.ImportPath != "numcomp" && !slices.Contains(p.GoFiles, "doc.go") {
			t.Errorf("%s has no doc.go", p.ImportPath)
		}
	}
}

// A call in this table is made only by the packages named.
var calls = []struct {
	fun, why string
	only     []string
}{
	{"os.Exit", "only main exits", []string{"numcomp", "internal/real/slurm/cmd/..."}},
	{"os.Getenv", "the environment is read once and handed on as a value", []string{"numcomp", "internal/cli", "internal/real/..."}},
	{"os.LookupEnv", "the environment is read once and handed on as a value", []string{"numcomp", "internal/cli"}},
	{"os.Environ", "the environment is read once and handed on as a value", []string{"numcomp", "internal/cli", "internal/real/..."}},
	{"runtime.SetFinalizer", "memory has an owner who gives it back", nil},
}

func TestCallsAndGlobals(t *testing.T) {
	for _, p := range listPackages(t) {
		name := strings.TrimPrefix(p.ImportPath, "numcomp/")
		for _, file := range p.GoFiles {
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, file), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			where := func(n ast.Node) string {
				return fmt.Sprintf("%s:%d", path.Join(name, file), fset.Position(n.Pos()).Line)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.SelectorExpr:
					x, ok := n.X.(*ast.Ident)
					if !ok {
						return true
					}
					for _, c := range calls {
						if x.Name+"."+n.Sel.Name == c.fun && !slices.ContainsFunc(c.only, func(o string) bool { return matches(o, name) }) {
							t.Errorf("%s uses %s: %s", where(n), c.fun, c.why)
						}
					}
				case *ast.FuncDecl:
					if n.Name.Name == "init" && n.Recv == nil {
						t.Errorf("%s declares init: tables are written out, not registered", where(n))
					}
				}
				return true
			})
			for _, d := range f.Decls {
				if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
					checkGlobals(t, g, where)
				}
			}
		}
	}
}

// checkGlobals reports package variables without a value: what is assigned later
// is mutable. Tables, errors and compiled patterns are written where they are
// declared.
func checkGlobals(t *testing.T, g *ast.GenDecl, where func(ast.Node) string) {
	for _, s := range g.Specs {
		v := s.(*ast.ValueSpec)
		for _, name := range v.Names {
			if name.Name != "_" && len(v.Values) == 0 {
				t.Errorf("%s declares the variable %s without a value: no mutable package globals", where(v), name.Name)
			}
		}
	}
}

func TestMainIsSmall(t *testing.T) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "main.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	if n := fset.Position(f.FileEnd).Line; n > 30 {
		t.Errorf("main.go has %d lines, more than 30: the command line is internal/cli", n)
	}
}

// TestTopLevel keeps the layout that was given.
func TestTopLevel(t *testing.T) {
	for _, name := range []string{"main.go", "comm", "kernels", "launch", "hostfile", "go.mod", "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "Makefile", ".ci/run"} {
		if m, err := filepath.Glob(name); err != nil || len(m) == 0 {
			t.Errorf("%s is missing", name)
		}
	}
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if err == nil && strings.HasSuffix(p, ".go") && strings.Count(p, "/") == 0 && p != "main.go" && p != "arch_test.go" {
			t.Errorf("%s stands at the top level: only main.go does", p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func matches(pattern, name string) bool {
	if pattern == "..." {
		return true
	}
	if base, ok := strings.CutSuffix(pattern, "/..."); ok {
		return name == base || strings.HasPrefix(name, base+"/")
	}
	return pattern == name
}

// TestMatches guards the guard.
func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"comm", "comm", true}, {"comm", "comm/transport", false},
		{"comm/...", "comm", true}, {"comm/...", "comm/transport", true}, {"comm/...", "command", false},
		{"...", "anything", true},
	} {
		if got := matches(c.pattern, c.name); got != c.want {
			t.Errorf("matches(%s, %s) = %s", c.pattern, c.name, strconv.FormatBool(got))
		}
	}
}
