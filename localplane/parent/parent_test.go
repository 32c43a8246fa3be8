package parent

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets this test binary be its own child. As what it is started, CHILD says.
func TestMain(m *testing.M) {
	switch os.Getenv("CHILD") {
	case "":
		os.Exit(m.Run())
	case "watches":
		_, gone, err := Watch(os.Args[1:])
		if err == nil {
			<-gone
			os.Exit(0)
		}
	case "executes":
		rest, gone, err := Watch(os.Args[1:])
		if err == nil {
			code, _ := Execute(rest, gone)
			os.Exit(code)
		}
	}
	os.Exit(3)
}

// startChild starts this binary with a pipe of ours as descriptor 3; closing the result closes the pipe.
func startChild(t *testing.T, as string, arguments ...string) (*exec.Cmd, *os.File) {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	child := exec.Command(os.Args[0], append([]string{"--watch-fd", "3"}, arguments...)...)
	child.Env = append(os.Environ(), "CHILD="+as)
	child.ExtraFiles = []*os.File{reader}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	return child, writer
}

func TestAChildEndsWhenThePipeOfItsParentCloses(t *testing.T) {
	child, pipe := startChild(t, "watches")
	pipe.Close()
	if err := child.Wait(); err != nil {
		t.Errorf("the child ended with %v", err)
	}
}

func TestAForeignProgramEndsWhenThePipeOfTheParentCloses(t *testing.T) {
	child, pipe := startChild(t, "executes", "sleep", "3600")
	pipe.Close()
	_ = child.Wait()
	if got, want := child.ProcessState.ExitCode(), 128+int(syscall.SIGKILL); got != want {
		t.Errorf("got %d, want %d", got, want)
	}
}

func TestAForeignProgramEndsWhenItsWrapperIsKilled(t *testing.T) {
	note := t.TempDir() + "/pid"
	child, pipe := startChild(t, "executes", "sh", "-c", fmt.Sprintf("echo $$ > %s; exec sleep 3600", note))
	defer pipe.Close()
	pid := 0
	for pid == 0 {
		content, _ := os.ReadFile(note)
		pid, _ = strconv.Atoi(strings.TrimSpace(string(content)))
		time.Sleep(10 * time.Millisecond)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	for isRunning(pid) {
		time.Sleep(10 * time.Millisecond)
	}
}

// isRunning says whether a process lives; one that is dead and not yet reaped does not.
func isRunning(pid int) bool {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(content), ") Z ")
}

func TestTheCodeOfAForeignProgramIsPassedOn(t *testing.T) {
	for script, want := range map[string]int{"exit 0": 0, "exit 7": 7, "kill -TERM $$": 128 + int(syscall.SIGTERM)} {
		child, pipe := startChild(t, "executes", "sh", "-c", script)
		_ = child.Wait()
		pipe.Close()
		if got := child.ProcessState.ExitCode(); got != want {
			t.Errorf("%s: got %d", script, got)
		}
	}
	if code, err := Execute([]string{"/nowhere/at/all"}, nil); code != 127 || err == nil {
		t.Errorf("a missing program: %d, %v", code, err)
	}
}

func TestOnlyTheFirstArgumentIsTaken(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	for _, arguments := range [][]string{
		{"etcd", "--watch-fd", "x"},
		{"--watch-fd=" + strconv.Itoa(int(reader.Fd())), "etcd", "--watch-fd", "x"},
	} {
		rest, _, err := Watch(arguments)
		if err != nil || !slices.Equal(rest, []string{"etcd", "--watch-fd", "x"}) {
			t.Errorf("%v: got %v, %v", arguments, rest, err)
		}
	}
}

func TestADescriptorThatIsNotOpenIsAnError(t *testing.T) {
	for _, arguments := range [][]string{{"--watch-fd"}, {"--watch-fd", "x"}, {"--watch-fd", "987"}} {
		if _, _, err := Watch(arguments); err == nil {
			t.Errorf("%v is accepted", arguments)
		}
	}
}
