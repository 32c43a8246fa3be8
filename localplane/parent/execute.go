package parent

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
)

// Execute runs another program until it ends or the parent is gone; signals to end are passed on.
// Out: the program's exit code, 128 and the signal's number if one ended it, 127 if it cannot be started.
func Execute(arguments []string, gone <-chan struct{}) (int, error) {
	// A parent-death signal is sent when the thread that started the child ends.
	runtime.LockOSThread()
	child := exec.Command(arguments[0], arguments[1:]...)
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	child.SysProcAttr = attributes()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	if err := child.Start(); err != nil {
		return 127, err
	}
	ended := make(chan struct{})
	go pass(child.Process, signals, gone, ended)
	err := child.Wait()
	close(ended)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 1, err
	}
	return codeOf(child.ProcessState), nil
}

// pass hands signals to a process until it ended, and kills it when the parent is gone.
func pass(process *os.Process, signals <-chan os.Signal, gone, ended <-chan struct{}) {
	for {
		select {
		case received := <-signals:
			_ = process.Signal(received)
		case <-gone:
			_ = process.Kill()
			return
		case <-ended:
			return
		}
	}
}

func codeOf(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}
