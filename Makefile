# Two commands do all the set-up on a fresh Debian machine with Swift installed: `make run`, `make test`.
.PHONY: build run call test lint deps test-deps bench-log bench-smoke

deps:
	@Scripts/install libsqlite3-dev liblz4-dev

test-deps: deps
	@Scripts/install sip-tester baresip-core protobuf-compiler tshark python3

build: deps
	swift build -c release --product trunkline

run: build
	@Scripts/demo

call:
	@Scripts/install sip-tester
	@Scripts/first-call

test: test-deps
	swift build -c release
	swift test -c release --disable-testable-imports
	@if [ -d Tests/EndToEnd ]; then python3 -m unittest discover -v -s Tests/EndToEnd -t Tests/EndToEnd -p '*_test.py'; fi

lint:
	swift format lint --strict --recursive Sources Tests Benchmarks Package.swift

bench-log: deps
	@Scripts/install python3
	swift build -c release --product LogBenchmark
	@Benchmarks/run

# The same at its smallest: that everything runs, whatever it takes.
bench-smoke: deps
	@Scripts/install python3
	swift build -c release --product LogBenchmark
	@Benchmarks/run --smoke
