package expression

import "testing"

func TestAMisspeltNameIsAnsweredWithTheNearestOne(t *testing.T) {
	commit := Object("test.Commit", map[string]*Type{"id": String, "lines": Int, "author": Object("test.Person", map[string]*Type{"email": String, "name": String})})
	env, err := NewEnv(
		Variable{"change", Object("test.Change", map[string]*Type{"commits": List(commit), "newest": commit, "byName": Map(commit)})},
		Variable{"many", Object("test.Many", map[string]*Type{"a1": Int, "a2": Int, "a3": Int, "a4": Int, "a5": Int, "a6": Int, "a7": Int, "a8": Int, "a9": Int, "b1": Int, "b2": Int, "b3": Int, "b4": Int})},
	)
	if err != nil {
		t.Fatal(err)
	}
	scope, err := env.Scope(Variable{"object", Dyn})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range [][2]string{{"signed", "change.commits.filter(c, c.id != '')"}, {"newest", "change.newest"}} {
		if issue := scope.Define(d[0], d[1]); issue != nil {
			t.Fatal(issue)
		}
	}
	for source, want := range map[string]string{
		"change.newst.id == ''":                                                  "did you mean newest?",
		"change.newest.author.emial == ''":                                       "did you mean email?",
		"change.newest.autor.email == ''":                                        "did you mean author?",
		"change.newest.author.xyz == ''":                                         "expected one of email, name",
		"change.?newest.?autor.hasValue()":                                       "did you mean author?",
		"has(change.newest.autor)":                                               "did you mean author?",
		"change.commits.all(c, c.autor.email == '')":                             "did you mean author?",
		"change.commits.filter(c, c.lines > 1).exists(c, c.lnes == 1)":           "did you mean lines?",
		"change.commits.map(c, c.author).all(a, a.nam == '')":                    "did you mean name?",
		"change.commits[0].lins == 1":                                            "did you mean lines?",
		"change.byName['x'].lins == 1":                                           "did you mean lines?",
		"change.byName[?'x'].?lins.hasValue()":                                   "did you mean lines?",
		"change.byName.all(name, change.byName[name].lins == 1)":                 "did you mean lines?",
		"change.byName.all(name, commit, commit.lins == 1)":                      "did you mean lines?",
		"change.?newest.orValue(change.commits[0]).lins == 1":                    "did you mean lines?",
		"(change.newest.id == '' ? change.newest : change.commits[0]).lins == 1": "did you mean lines?",
		"[change.newest].all(c, c.lins == 1)":                                    "did you mean lines?",
		"change.newest.id == '' && {'a': change.newest.lins}['a'] == 1":          "did you mean lines?",
		"variables.signed[0].autor.email == ''":                                  "did you mean author?",
		"variables.newest.autor.email == ''":                                     "did you mean author?",
		"variables.newst.id == ''":                                               "did you mean newest?",
		"change.newest.name == '' || change.newest.author.name == ''":            "expected one of author, id, lines",
		"many.zzz == 1":         "",
		"many.a10 == 1":         "did you mean a1?",
		"chang.newest.id == ''": "did you mean change?",
		"change.newest.id == 1": "",
		"change.commits.all(c, object.x == c.id && change.newest.author.emai == 1)": "did you mean email?",
	} {
		_, issue := scope.Compile(source, Bool)
		if issue == nil || issue.Mend != want {
			t.Errorf("%s: got %+v, want %s", source, issue, want)
		}
	}
}

func TestWhatIsInsideOfADefinedObjectIsKnown(t *testing.T) {
	env := testEnv(t)
	if issue := env.Define("scaling", "descriptor.scaling"); issue != nil {
		t.Fatal(issue)
	}
	if _, issue := env.Compile("variables.scaling.mim == 1"); issue == nil || issue.Message != "undefined field 'mim'" {
		t.Errorf("got %v", issue)
	}
	compiled, issue := env.Compile("variables.scaling.min == 2 && !has(variables.scaling.max) && variables.scaling.?max.orValue(3) == 3", Bool)
	if issue != nil {
		t.Fatal(issue)
	}
	if got, err := compiled.Eval(t.Context(), env.Input(t.Context(), input, NewBudget())); err != nil || got != true {
		t.Errorf("got %v, %v", got, err)
	}
}
