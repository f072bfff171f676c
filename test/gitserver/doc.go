// Package gitserver runs real Git servers for tests and for the demo.
//
// A [Repository] is a bare repository made by the real git. It is served by
// any number of fronts: over HTTP by the real git http-backend, plain or with
// TLS, anonymous or with credentials; and over SSH by a small server that runs
// the real git-upload-pack and git-receive-pack. What a client meets is therefore Git itself and
// not an imitation. Each [Front] counts what is asked of it and can be told to
// misbehave: see [Fault].
//
// Engineers are played by [Repository.Commit], which commits without a work
// tree through git fast-import, and by [Repository.Reset], a force push.
//
//	repo, err := gitserver.New(dir)
//	front, err := repo.ServeHTTP(gitserver.HTTP{TLS: true, Username: "ada", Password: "secret"})
//	hash, err := repo.Commit(gitserver.Change{Message: "Add a model", Files: map[string]string{"model.yaml": "…"}})
//	err = front.WriteSecret(authDir) // what a client needs in order to be let in
//
// In tests, [ForTest] makes a repository that is closed with the test.
//
// Nothing of the machine's own Git configuration is used. Close joins every
// goroutine and ends every process that was started.
package gitserver
