package pmiwire

import (
	"strings"
	"testing"
)

var parseCases = []struct {
	line string
	want Message
}{
	{"cmd=init pmi_version=1 pmi_subversion=1\n", Init()},
	{"  pmi_version=1\t pmi_subversion=1   cmd=init  ", Init()},
	{"cmd=get_result rc=0 msg=success value=abc", Message{Cmd: "get_result", Pairs: []Pair{{"rc", "0"}, {"msg", "success"}, {"value", "abc"}}}},
	{"cmd=get_result rc=0 found=TRUE value=abc\n", Message{Cmd: "get_result", Pairs: []Pair{{"rc", "0"}, {"found", "TRUE"}, {"value", "abc"}}}},
	{"cmd=get_result msg=no such  key rc=-1", Message{Cmd: "get_result", Pairs: []Pair{{"msg", "no such  key"}, {"rc", "-1"}}}},
	{"cmd=put kvsname=k1 key=a value=x=1 y=2 cmd=z \n", Put("k1", "a", "x=1 y=2 cmd=z")},
	{"cmd=put kvsname=k1 value=v key=a", Put("k1", "a", "v")},
	{"kvsname=k1 key=a value=v cmd=put", Put("k1", "a", "v")},
	{"cmd=put kvsname=k1 key=PMI_process_mapping value=(vector,(0,2,2))", Put("k1", "PMI_process_mapping", "(vector,(0,2,2))")},
	{"cmd=put kvsname=k1 key=a value=", Put("k1", "a", "")},
	{"cmd=get_result rc=0 value=", GetReply("")},
	{"cmd=appnum rc=0 appnum=-1", AppnumReply(-1)},
	{"mcmd=spawn\n", Message{Cmd: "spawn", Multi: true}},
	{"cmd=abort exitcode=3 message=rank 1: a = b", Abort(3, "rank 1: a = b")},
	{"cmd=abort exitcode=3", Abort(3, "")},
}

func TestParse(t *testing.T) {
	for _, c := range parseCases {
		got, err := Parse(c.line)
		if err != nil {
			t.Errorf("Parse(%q): %v", c.line, err)
			continue
		}
		if !got.equal(c.want) {
			t.Errorf("Parse(%q) = %+v, want %+v", c.line, got, c.want)
		}
		again, err := got.Format()
		if err != nil {
			t.Errorf("Format of %q: %v", c.line, err)
			continue
		}
		back, err := Parse(again)
		if err != nil || !back.equal(got) {
			t.Errorf("%q was formatted as %q and read back as %+v, %v", c.line, again, back, err)
		}
	}
}

var badLines = []struct{ line, want string }{
	{"", "no cmd"},
	{"rc=0", "no cmd"},
	{"hello world", "not key=value"},
	{"cmd=init extra", "not key=value"},
	{"cmd=", "empty command"},
	{"cmd=a cmd=b", "two commands"},
	{"cmd=get key=a key=b", "twice"},
	{"cmd=get\nkey=a", "not text"},
	{"cmd=get key=\x00", "not text"},
	{"cmd=put key=" + strings.Repeat("x", MaxLine), "longer than 4096"},
}

func TestParseRefuses(t *testing.T) {
	for _, c := range badLines {
		if m, err := Parse(c.line); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Parse(%.40q) = %+v, %v; want an error with %q", c.line, m, err, c.want)
		}
	}
}

func TestFormatRefuses(t *testing.T) {
	for _, m := range []Message{
		{},
		{Cmd: "a b"},
		{Cmd: "get", Pairs: []Pair{{"", "x"}}},
		{Cmd: "get", Pairs: []Pair{{"a b", "x"}}},
		{Cmd: "get", Pairs: []Pair{{"key", "x y=z"}}},
		{Cmd: "get", Pairs: []Pair{{"key", "x\ny"}}},
		{Cmd: "get", Pairs: []Pair{{"key", "x\n"}}},
		{Cmd: "get", Pairs: []Pair{{"cmd", "put"}}},
		{Cmd: "put", Pairs: []Pair{{"value", "x"}, {"key", "k"}}},
	} {
		if line, err := m.Format(); err == nil {
			t.Errorf("Format(%+v) = %q, want an error", m, line)
		}
	}
}

func TestGetAndInt(t *testing.T) {
	m, err := Parse("cmd=universe_size rc=0 size=-12 odd=x")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := m.Int("size"); n != -12 || err != nil {
		t.Errorf("Int(size) = %d, %v", n, err)
	}
	if _, err := m.Int("odd"); err == nil {
		t.Error("Int(odd) gave no error")
	}
	if _, err := m.Int("none"); err == nil {
		t.Error("Int(none) gave no error")
	}
	if v, ok := m.Get("none"); v != "" || ok {
		t.Errorf("Get(none) = %q, %v", v, ok)
	}
}

func TestRepliesAndRequestsFormat(t *testing.T) {
	all := append(InitAckReply(4, 2), Init(), InitAck("3"), GetMaxes(), GetAppnum(), GetUniverseSize(), GetMyKVSName(),
		Put("k", "a", "v"), Get("k", "a"), BarrierIn(), Finalize(), Abort(1, "two\nlines"), InitReply(), MaxesReply(),
		AppnumReply(0), UniverseSizeReply(7), KVSNameReply("k"), GetReply("v"), BarrierOut(), FinalizeAck(),
		Reply("put"), Refuse("get", "key a=b not found"))
	for _, m := range all {
		if _, err := m.Format(); err != nil {
			t.Errorf("%+v: %v", m, err)
		}
	}
	if line, _ := Init().Format(); line != "cmd=init pmi_version=1 pmi_subversion=1\n" {
		t.Errorf("init is %q", line)
	}
	if line, _ := MaxesReply().Format(); line != "cmd=maxes rc=0 kvsname_max=256 keylen_max=64 vallen_max=1024\n" {
		t.Errorf("maxes is %q", line)
	}
	if line, _ := Refuse("get", "key a=b not found").Format(); line != "cmd=get_result rc=-1 msg=key_a_b_not_found\n" {
		t.Errorf("a refusal is %q", line)
	}
}

func TestChecks(t *testing.T) {
	for _, k := range []string{"nc-secret", strings.Repeat("k", MaxKey), "PMI_process_mapping"} {
		if err := CheckKey(k); err != nil {
			t.Error(err)
		}
	}
	for _, k := range []string{"", strings.Repeat("k", MaxKey+1), "a b", "a=b", "a;b", `a\b`, "a\n", "é"} {
		if CheckKey(k) == nil {
			t.Errorf("key %q was accepted", k)
		}
	}
	if err := CheckValue(strings.Repeat("v", MaxValue)); err != nil {
		t.Error(err)
	}
	if CheckValue(strings.Repeat("v", MaxValue+1)) == nil {
		t.Error("a long value was accepted")
	}
}

func TestParseMultiLine(t *testing.T) {
	p, end, err := ParseMultiLine("arg1=--x=1 y\n")
	if p != (Pair{"arg1", "--x=1 y"}) || end || err != nil {
		t.Errorf("got %+v, %v, %v", p, end, err)
	}
	if _, end, err := ParseMultiLine("endcmd\n"); !end || err != nil {
		t.Errorf("endcmd: %v, %v", end, err)
	}
	for _, bad := range []string{"", "arg", "=x", "a=b\nc", "a=\x00", "a=" + strings.Repeat("x", MaxLine)} {
		if _, _, err := ParseMultiLine(bad); err == nil {
			t.Errorf("%.20q was accepted", bad)
		}
	}
}
