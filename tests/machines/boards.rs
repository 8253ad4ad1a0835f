//! The mainboards of the machines: what the processor and the chipset bring, in the groups that the kernel makes of it.
//!
//! Layouts of real boards, in the form of [`super::computer::Computer::functions`]. Cards are added by the machines.

/// AMD's third Ryzen generation on AM4, with the groups 0 to 13: ports at 00:01.1 (disk), 00:01.2 (chipset), 00:03.1
/// (graphics), and what is inside the processor at 20 and 21.
pub(super) const MATISSE: &str = "
    00:00.0 -       060000 1022:1480 00 -
    00:00.2 -       080600 1022:1481 00 -
    00:01.0 -       060000 1022:1482 00 0
    00:01.1 -       060400 1022:1483 00 1  pcieport
    00:01.2 -       060400 1022:1483 00 2  pcieport
    00:02.0 -       060000 1022:1482 00 3
    00:03.0 -       060000 1022:1482 00 4
    00:03.1 -       060400 1022:1483 00 5  pcieport
    00:03.2 -       060400 1022:1483 00 6  pcieport
    00:04.0 -       060000 1022:1482 00 7
    00:05.0 -       060000 1022:1482 00 8
    00:07.0 -       060000 1022:1482 00 9
    00:07.1 -       060400 1022:1484 00 9  pcieport
    00:08.0 -       060000 1022:1482 00 10
    00:08.1 -       060400 1022:1484 00 10 pcieport
    00:14.0 -       0c0500 1022:790b 61 11 piix4_smbus
    00:14.3 -       060100 1022:790e 51 11
    00:18.0 -       060000 1022:1440 00 12
    00:18.3 -       060000 1022:1443 00 12 k10temp
    00:18.7 -       060000 1022:1447 00 12
    20:00.0 00:07.1 130000 1022:148a 00 30
    21:00.0 00:08.1 130000 1022:1485 00 31
    21:00.1 00:08.1 108000 1022:1486 00 32 ccp
    21:00.3 00:08.1 0c0330 1022:149c 00 33 xhci_hcd
    21:00.4 00:08.1 040300 1022:1487 00 34 snd_hda_intel
";

/// The chipset of B350 and X370 boards below the processor's port 00:01.2: one group for all of it and all of its slots.
pub(super) const PROMONTORY: &str = "
    02:00.0 00:01.2 0c0330 1022:43bb 02 15 xhci_hcd 1b21:1142
    02:00.1 00:01.2 010601 1022:43b7 02 15 ahci     1b21:1062
    02:00.2 00:01.2 060400 1022:43b0 02 15 pcieport
    03:00.0 02:00.2 060400 1022:43b4 02 15 pcieport
    03:01.0 02:00.2 060400 1022:43b4 02 15 pcieport
    03:04.0 02:00.2 060400 1022:43b4 02 15 pcieport
    04:00.0 03:00.0 020000 10ec:8168 16 15 r8169
";

/// Intel's 8th and 9th Core generation on a Z390 board, with the groups 0 to 9: ports at 00:01.0 (graphics), 00:1b.0
/// (disk) and 00:1c.0. Built-in graphics are not in it.
pub(super) const COFFEE_LAKE: &str = "
    00:00.0 -       060000 8086:3e30 0a 0  skl_uncore
    00:01.0 -       060400 8086:1901 0a 1  pcieport
    00:14.0 -       0c0330 8086:a36d 10 3  xhci_hcd
    00:14.2 -       050000 8086:a36f 10 3
    00:16.0 -       078000 8086:a360 10 4  mei_me
    00:17.0 -       010601 8086:a352 10 5  ahci
    00:1b.0 -       060400 8086:a340 f0 6  pcieport
    00:1c.0 -       060400 8086:a338 f0 7  pcieport
    00:1f.0 -       060100 8086:a305 10 9
    00:1f.3 -       040300 8086:a348 10 9  snd_hda_intel
    00:1f.4 -       0c0500 8086:a323 10 9  i801_smbus
    00:1f.5 -       0c8000 8086:a324 10 9  intel-spi
    00:1f.6 -       020000 8086:15bc 10 9  e1000e
";

/// Intel's 12th Core generation on a Z690 board, with the groups 0 to 12 and its built-in graphics: ports at 00:01.0
/// (graphics), 00:06.0 (disk) and 00:1c.0 (network).
pub(super) const ALDER_LAKE: &str = "
    00:00.0 -       060000 8086:4660 02 1
    00:01.0 -       060400 8086:460d 02 2  pcieport
    00:02.0 -       030000 8086:4680 0c 0  i915
    00:06.0 -       060400 8086:464d 02 3  pcieport
    00:14.0 -       0c0330 8086:7ae0 11 4  xhci_hcd
    00:14.2 -       050000 8086:7aa7 11 4
    00:14.3 -       028000 8086:7af0 11 5  iwlwifi  8086:0094
    00:15.0 -       0c8000 8086:7acc 11 6  intel-lpss
    00:16.0 -       078000 8086:7ae8 11 7  mei_me
    00:17.0 -       010601 8086:7ae2 11 8  ahci
    00:1c.0 -       060400 8086:7ab8 11 9  pcieport
    00:1f.0 -       060100 8086:7a84 11 10
    00:1f.3 -       040300 8086:7ad0 11 10 snd_hda_intel
    00:1f.4 -       0c0500 8086:7aa3 11 10 i801_smbus
    00:1f.5 -       0c8000 8086:7aa4 11 10 intel-spi
    04:00.0 00:1c.0 020000 8086:15f3 03 11 igc
";

/// AMD's Rembrandt in a laptop, with the groups 0 to 12: ports at 00:01.1 (graphics), 00:02.1 (disk), 00:02.2 (Wi-Fi),
/// and its own graphics, sound and USB at 35.
pub(super) const REMBRANDT: &str = "
    00:00.0 -       060000 1022:14b5 01 -
    00:00.2 -       080600 1022:14b6 00 -
    00:01.0 -       060000 1022:14b7 01 0
    00:01.1 -       060400 1022:14b8 00 1  pcieport
    00:02.0 -       060000 1022:14b7 01 2
    00:02.1 -       060400 1022:14ba 00 3  pcieport
    00:02.2 -       060400 1022:14ba 00 4  pcieport
    00:08.0 -       060000 1022:14b7 01 5
    00:08.1 -       060400 1022:14b9 10 6  pcieport
    00:14.0 -       0c0500 1022:790b 71 7  piix4_smbus
    00:14.3 -       060100 1022:790e 51 7
    00:18.0 -       060000 1022:1679 00 8
    00:18.1 -       060000 1022:167a 00 8
    00:18.7 -       060000 1022:1680 00 8
    35:00.0 00:08.1 030000 1002:1681 c8 9  amdgpu        17aa:3ac1
    35:00.1 00:08.1 040300 1002:1640 00 10 snd_hda_intel 17aa:3ac1
    35:00.2 00:08.1 108000 1022:1649 00 11 ccp
    35:00.3 00:08.1 0c0330 1022:161d 00 12 xhci_hcd
    35:00.4 00:08.1 0c0330 1022:161e 00 13 xhci_hcd
    35:00.6 00:08.1 040300 1022:15e3 00 14 snd_hda_intel
";

/// What QEMU puts into a machine of the type q35, before its devices.
pub(super) const Q35: &str = "
    00:00.0 -       060000 8086:29c0 00 0
    00:02.0 -       060400 1b36:000c 00 1  pcieport
    00:02.1 -       060400 1b36:000c 00 1  pcieport
    00:02.2 -       060400 1b36:000c 00 1  pcieport
    00:02.3 -       060400 1b36:000c 00 1  pcieport
    00:1f.0 -       060100 8086:2918 02 2  lpc_ich
    00:1f.2 -       010601 8086:2922 02 2  ahci
    00:1f.3 -       0c0500 8086:2930 02 2  i801_smbus
";
