package gitserver

// TB is what ForTest needs of a *testing.T, so that programs that use this
// package do not carry the testing package along.
type TB interface {
	Helper()
	Fatal(args ...any)
	TempDir() string
	Cleanup(func())
}

// TestRepository is a Repository whose methods fail the test rather than return an
// error.
type TestRepository struct {
	*Repository
	t TB
}

// ForTest makes a Repository that lives as long as the test.
func ForTest(t TB) *TestRepository {
	t.Helper()
	repo, err := New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := repo.Close(); err != nil {
			t.Fatal(err)
		}
	})
	return &TestRepository{repo, t}
}

// Commit is Repository.Commit.
func (r *TestRepository) Commit(c Change) string {
	r.t.Helper()
	return must(r.t)(r.Repository.Commit(c))
}

// Write commits files with a message.
func (r *TestRepository) Write(message string, files map[string]string) string {
	r.t.Helper()
	return r.Commit(Change{Message: message, Files: files})
}

// Reset is Repository.Reset.
func (r *TestRepository) Reset(branch, hash string) {
	r.t.Helper()
	if err := r.Repository.Reset(branch, hash); err != nil {
		r.t.Fatal(err)
	}
}

// HTTP is Repository.ServeHTTP.
func (r *TestRepository) HTTP(options HTTP) *Front {
	r.t.Helper()
	f, err := r.ServeHTTP(options)
	if err != nil {
		r.t.Fatal(err)
	}
	return f
}

// SSH is Repository.ServeSSH.
func (r *TestRepository) SSH(options SSH) *Front {
	r.t.Helper()
	f, err := r.ServeSSH(options)
	if err != nil {
		r.t.Fatal(err)
	}
	return f
}

// Hook is Repository.Hook.
func (r *TestRepository) Hook(name, script string) {
	r.t.Helper()
	if err := r.Repository.Hook(name, script); err != nil {
		r.t.Fatal(err)
	}
}

// PushSecretDir writes what a front asks of those who push into a new directory.
func (r *TestRepository) PushSecretDir(f *Front) string {
	r.t.Helper()
	dir := r.t.TempDir()
	if err := f.WritePushSecret(dir); err != nil {
		r.t.Fatal(err)
	}
	return dir
}

// SecretDir writes a front's Secret into a new directory.
func (r *TestRepository) SecretDir(f *Front) string {
	r.t.Helper()
	dir := r.t.TempDir()
	if err := f.WriteSecret(dir); err != nil {
		r.t.Fatal(err)
	}
	return dir
}

func must(t TB) func(string, error) string {
	return func(value string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}
