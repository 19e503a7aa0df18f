# Two commands do all the set-up on a fresh Debian machine with Swift installed: `make run`, `make test`.
.PHONY: build run call test lint deps test-deps

deps:
	@Scripts/install libsqlite3-dev liblz4-dev

test-deps: deps
	@Scripts/install sip-tester baresip-core protobuf-compiler tshark python3 python3-lz4
	@python3 -c 'import lz4.block' 2>/dev/null || python3 -m pip install --quiet lz4

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
	swift format lint --strict --recursive Sources Tests Package.swift
