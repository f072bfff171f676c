package lifeline

import (
	"os"
	"os/exec"
	"testing"
)

const childVariable = "PENSTOCK_TEST_LIFELINE_CHILD"

// TestMain makes the test binary play the child, which only its lifeline ends.
func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		Hold(os.Stdin)
		select {}
	}
	os.Exit(m.Run())
}

func TestChildEndsWithItsStandardInput(t *testing.T) {
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childVariable+"=yes")
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := stdin.Write([]byte("what is read is thrown away\n")); err != nil {
		t.Fatal(err)
	}
	if err := stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err == nil || child.ProcessState.ExitCode() != 1 {
		t.Errorf("the child ended with %v, want exit status 1", err)
	}
}
