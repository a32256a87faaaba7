@echo off
rem Starts AEVB Lab by a double click; needs Python 3.11 or newer. Written with care, not tried on Windows yet.
rem start.bat --class serves a class. All flags of aevb-lab go here too.
setlocal
cd /d "%~dp0"
if exist ".venv\Scripts\aevb-lab.exe" goto start
echo Setting up. This takes some minutes, once.
set "PYTHON=py -3"
where py >nul 2>nul
if errorlevel 1 set "PYTHON=python"
%PYTHON% -c "import sys; sys.exit(sys.version_info < (3, 11))"
if errorlevel 1 goto nopython
%PYTHON% -m venv .venv
if errorlevel 1 goto failed
".venv\Scripts\python.exe" -m pip install --disable-pip-version-check -r requirements.txt
if errorlevel 1 goto failed
:start
".venv\Scripts\aevb-lab.exe" %*
if errorlevel 1 goto failed
exit /b 0
:nopython
echo Python 3.11 or newer was not found. Install it, and start again.
pause
exit /b 1
:failed
echo AEVB Lab did not start. The lines above say why.
pause
exit /b 1
